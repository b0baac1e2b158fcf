"""The command: which cases, which endpoint, and the table of what came of it."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from fanout.conform.outcome import SAID, ConformError, Outcome

if TYPE_CHECKING:
    from fanout.conform.asking import Asker
    from fanout.dialects.conformance import Case
    from fanout.simulator.live.key import Key

DIALECTS = {"chat": "/chat/completions", "responses": "/responses", "claude": "/messages"}
"""The APIs, each with what its address has after the version."""
OUR_OWN = re.compile(r"o\d+")
"""Rows on what the offline model does not do, and the API does."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `fanout conform`."""
    parser.add_argument(
        "--base-url", required=True, help="as the API's SDK takes it: https://api.openai.com/v1"
    )
    parser.add_argument(
        "--key-env", metavar="NAME", help="the environment variable with the key (default: no key)"
    )
    parser.add_argument("--dialect", choices=DIALECTS, default="chat", help="default: chat")
    parser.add_argument("--row", action="append", help="ask only this row; may be repeated")
    parser.add_argument("--model", help="ask for this model where a case is of no certain one")
    parser.add_argument(
        "--pause",
        type=_seconds,
        help="seconds between requests (default: 0.5; none on this machine)",
    )
    parser.add_argument(
        "--timeout", type=_seconds, default=120.0, help="seconds to wait for an answer"
    )
    parser.add_argument("--json", metavar="FILE", type=Path, help="also write all answers to FILE")


def run(args: argparse.Namespace) -> int:
    """Ask, print the table; returns 1 when something differs from what was seen verbatim.

    Raises `ConformError` when the endpoint cannot be asked.
    """
    from fanout.conform.asking import Asker

    chosen = _chosen(args.dialect, args.row)
    address = _address(args.base_url, args.dialect)
    here = _is_here(address)
    pause = (0.0 if here else 0.5) if args.pause is None else args.pause
    asker = Asker(
        address,
        args.dialect,
        key=_key(args.key_env),
        model=args.model,
        pause=pause,
        timeout=args.timeout,
        here=here,
    )
    print(_announcement(address, args.dialect, chosen), flush=True)
    try:
        outcomes = list(_told(asker, chosen, named=bool(args.row)))
    finally:
        asker.close()
    if args.json:
        _write(args.json, address, args.dialect, outcomes)
    return _sum_up(outcomes)


def _told(asker: Asker, chosen: Sequence[Case], *, named: bool) -> Iterator[Outcome]:
    """Each outcome, printed when it is there."""
    for number, case in enumerate(chosen, 1):
        if sys.stderr.isatty():
            print(f"{number} of {len(chosen)}", end="\r", file=sys.stderr, flush=True)
        if OUR_OWN.fullmatch(case.row) and not named:
            why = "A limit of the offline model, not the API's; `--row` asks it all the same."
            outcome = Outcome(case=case, verdict="skipped", reason=why)
        else:
            outcome = asker.ask(case)
        for line in outcome.lines():
            print(line, flush=True)
        yield outcome


def _sum_up(outcomes: Sequence[Outcome]) -> int:
    counts = Counter(outcome.verdict for outcome in outcomes)
    told = (f"{n} {SAID[verdict][n != 1]}" for verdict, n in counts.most_common())
    print(f"\n{len(outcomes)} cases: {', '.join(told)}.")
    return 1 if counts["differs"] or counts["no answer"] else 0


def _write(path: Path, address: str, dialect: str, outcomes: Sequence[Outcome]) -> None:
    told = [outcome.data() for outcome in outcomes]
    text = json.dumps({"address": address, "dialect": dialect, "outcomes": told}, indent=2)
    try:
        path.write_text(text + "\n", "utf-8")
    except OSError as error:
        raise ConformError(f"{path} cannot be written ({error.strerror}).") from error


def _seconds(text: str) -> float:
    """A number of seconds from 0 up."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds, 0 or more")
    return value


def _key(variable: str | None) -> Key | None:
    from fanout.simulator.live.key import Key

    if variable is None:
        return None
    text = os.environ.get(variable, "").strip()
    if not text:
        raise ConformError(f"The variable {variable} is not set. It has to hold the key itself.")
    try:
        return Key(text)
    except ValueError as error:
        raise ConformError(f"{variable} holds no key. {error}") from None


def _chosen(dialect: str, rows: Sequence[str] | None) -> list[Case]:
    from fanout.dialects.conformance import cases

    found = [case for case in cases(dialect) if rows is None or case.row in rows]
    unknown = set(rows or ()) - {case.row for case in found}
    if unknown:
        known = ", ".join(dict.fromkeys(case.row for case in cases(dialect)))
        raise ConformError(f"The table of {dialect} has no row {min(unknown)!r}. It has: {known}.")
    return found


def _address(base: str, dialect: str) -> str:
    """Where the API is: below the base URL, which has the version or nothing but a host."""
    base = base.strip().rstrip("/")
    try:
        parts = urlsplit(base)
        good = parts.scheme in ("http", "https") and bool(parts.hostname)
        good = good and parts.port != 0 and not parts.query
        secret = bool(parts.username or parts.password)
    except ValueError:
        good = secret = False
    if secret or not good:
        shown = "with a name or password in it" if secret else repr(base)
        raise ConformError(
            f"--base-url {shown} is not a base URL: it has http:// or https://, a host and a path, "
            "and nothing else. The key stands in the variable that --key-env names."
        )
    bare = not urlsplit(base).path or dialect == "claude"
    return (base if base.endswith("/v1") or not bare else f"{base}/v1") + DIALECTS[dialect]


def _is_here(address: str) -> bool:
    host = urlsplit(address).hostname or ""
    return host in ("localhost", "::1") or host.startswith("127.")


def _announcement(address: str, dialect: str, chosen: Sequence[Case]) -> str:
    accepted = sum(case.status == 200 for case in chosen)
    begun = len({json.dumps(case.stored) for case in chosen if case.stored})
    more = f", and {begun} replies to go on from," if begun else ""
    return (
        f"{len(chosen)} cases of {dialect} for {address}. {accepted} of them{more} ask the model for "
        "an answer, and each costs what the endpoint charges for a short one. The others cost "
        "nothing where they are refused, as the table says.\n\n"
        "row   mark    outcome    case"
    )

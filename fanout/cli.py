"""The `fanout` command: one word for each thing a learner, a teacher or an author does."""

from __future__ import annotations

import argparse
import ipaddress
import os
import re
import secrets
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from fanout.simulator.live.choice import Live

__all__ = ["main"]

SYLLABUS = "fanout/lessons/syllabus.toml"


class CommandError(Exception):
    """The command cannot be carried out; the text says why and what to do."""


def _lab(args: argparse.Namespace) -> int:
    from fanout.lab import LabError, open_lab

    try:
        return open_lab(port=args.port, browser=args.browser)
    except LabError as error:
        raise CommandError(str(error)) from error


def _author_root() -> Path:
    from fanout.lab import LabError, find_root

    try:
        return find_root(SYLLABUS)
    except LabError as error:
        raise CommandError(str(error)) from error


def _build(args: argparse.Namespace) -> int:
    from fanout.authoring import AuthoringError, build

    try:
        build(_author_root(), only=args.slugs, fresh=args.fresh)
    except AuthoringError as error:
        raise CommandError(str(error)) from error
    return 0


def _check(args: argparse.Namespace) -> int:
    from fanout.authoring import AuthoringError, gates

    try:
        problems = gates.check(_author_root(), args.slugs)
    except AuthoringError as error:
        raise CommandError(str(error)) from error
    for problem in problems:
        print(problem)
    print(f"{len(problems)} problem(s) found." if problems else "All lessons are in order.")
    return 1 if problems else 0


def _grade(args: argparse.Namespace) -> int:
    from fanout.grading.command import run
    from fanout.grading.errors import GradeError

    try:
        return run(args)
    except GradeError as error:
        raise CommandError(str(error)) from error


SAFE_KEY = 8
"""Characters that a room's key needs at least where others can reach the room."""


def _require_safe(host: str, key: str | None, open_to_network: bool) -> None:
    """Raise CommandError for an address that others can reach, unless that is wanted and guarded."""
    try:
        loopback = host == "localhost" or ipaddress.IPv4Address(host).is_loopback
    except ValueError:
        loopback = False
    if loopback:
        return
    if not open_to_network:
        raise CommandError(
            f"--host {host} is not an address of this machine alone, and without --open-to-network "
            "the simulator listens on this machine only. Leave --host away, or add "
            "--open-to-network and --key."
        )
    if key is None or len(key) < SAFE_KEY:
        raise CommandError(
            f"A room that is open to the network needs a key of {SAFE_KEY} characters or more: add "
            f"--key {secrets.token_urlsafe(9)}, for example."
        )


def _room_key(text: str) -> str:
    """A key that fits into a header and an address."""
    if not re.fullmatch(r"[A-Za-z0-9_-]+", text):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a key; a key is made of letters, digits, - and _"
        )
    return text


def _serve(args: argparse.Namespace) -> int:
    _require_safe(args.host, args.key, args.open_to_network)
    from fanout.pictures.data import as_data
    from fanout.simulator.room import Room
    from fanout.simulator.server import serve
    from fanout.simulator.world import World

    room = Room(as_data, args.key)
    world = World(key=args.key, pace=args.pace, live=_live(args), room=room)
    try:
        serve(args.host, args.port, world)
    except OSError as error:
        raise CommandError(
            f"The simulator cannot listen on {args.host}, port {args.port} ({error.strerror}). "
            f"Choose another port, for example: fanout serve --port {args.port + 1}"
        ) from error
    return 0


def _live(args: argparse.Namespace) -> Live | None:
    if not args.live:
        return None
    from fanout.simulator.live.choice import choose

    # Without a key anybody who reaches the port could spend the money of whoever started this.
    entrance = args.key or f"sk-fanout-{secrets.token_urlsafe(16)}"
    try:
        return choose(args.live, os.environ, entrance)
    except ValueError as error:
        raise CommandError(str(error)) from error


def _conform(args: argparse.Namespace) -> int:
    from fanout.conform import ConformError, run

    try:
        return run(args)
    except ConformError as error:
        raise CommandError(str(error)) from error


def _diagnose(args: argparse.Namespace) -> int:
    from fanout.diagnosis.files import run

    missing = [path for path in args.paths if not path.exists()]
    if missing:
        raise CommandError(f"There is no file or folder `{missing[0]}`.")
    return run(args.paths, args.format)


def _explain(args: argparse.Namespace) -> int:
    from fanout.diagnosis import explain

    text = sys.stdin.read() if args.text == ["-"] else " ".join(args.text)
    if not text.strip():
        raise CommandError("There is no text to explain. Give it in quotes, or `-` to read it.")
    explanation = explain(text)
    print(explanation)
    return 0 if explanation.known else 1


def _doctor(_args: argparse.Namespace) -> int:
    from fanout.doctor import report

    return report()


def _port(text: str) -> int:
    """A port number from the command line, 1 to 65535."""
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port; a port is a number, 1 to 65535")
    return int(text)


def _port_or_any(text: str) -> int:
    """A port number; 0 leaves the choice to the system."""
    return 0 if text == "0" else _port(text)


def _pace(text: str) -> float:
    """A factor for simulated waiting times: 1 is as declared, 0 is at once."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a pace; 1 keeps the declared waiting times, 0.5 halves them, 0 drops them"
        )
    return value


Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def _add(
    commands: Commands, name: str, run: Callable[[argparse.Namespace], int], text: str
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
    parser.set_defaults(run=run)
    return parser


def _add_for_learners(commands: Commands) -> None:
    from fanout.conform import add_arguments as add_conform_arguments

    lab = _add(commands, "lab", _lab, "open the lessons in JupyterLab, on this machine only")
    lab.add_argument(
        "--port", type=_port, help="port to use (default: the first free one from 8888)"
    )
    lab.add_argument(
        "--no-browser", dest="browser", action="store_false", help="only print the address"
    )
    serve = _add(
        commands, "serve", _serve, "serve the simulated providers to a room, with a page to watch"
    )
    serve.add_argument("--host", default="127.0.0.1", help="address (default: 127.0.0.1)")
    serve.add_argument(
        "--port", type=_port_or_any, default=8000, help="port (default: 8000; 0: any that is free)"
    )
    serve.add_argument(
        "--key",
        type=_room_key,
        help="the key of the room: clients send KEY or KEY.NAME (default: any)",
    )
    serve.add_argument(
        "--open-to-network",
        action="store_true",
        help="allow an address that other machines can reach; needs --key",
    )
    serve.add_argument(
        "--pace", type=_pace, default=1.0, help="factor for waiting times: 1 as declared, 0 none"
    )
    serve.add_argument(
        "--live",
        metavar="PROVIDERS",
        help="pass requests on to the real API, billed to the key in this environment: openai, "
        "anthropic, or both with a comma; openai=URL for a server that speaks its API",
    )
    conform = _add(
        commands, "conform", _conform, "ask an endpoint what the tables say, and show differences"
    )
    add_conform_arguments(conform)
    _add(commands, "doctor", _doctor, "look for what keeps the course from running here")
    text = "say what is wrong with the tool calls of conversations in files or folders of logs"
    examined = _add(commands, "diagnose", _diagnose, text)
    examined.add_argument(
        "paths", nargs="+", type=Path, metavar="FILE", help=".json, .jsonl, .log or folder"
    )
    examined.add_argument(
        "--format", choices=("chat", "claude", "responses"), help="if it is unclear"
    )
    text = "say what an error text of the APIs means, how to mend it, which lesson teaches it"
    _add(commands, "explain", _explain, text).add_argument(
        "text", nargs="+", metavar="TEXT", help="the text in single quotes, or - to read it"
    )


def _add_for_teachers(commands: Commands) -> None:
    from fanout.grading.options import add_arguments

    text = "grade a class's notebooks in a sandbox, with feedback for each learner"
    add_arguments(_add(commands, "grade", _grade, text))


def _add_for_authors(commands: Commands) -> None:
    build = _add(commands, "build", _build, "build notebooks, exercises and solutions from lessons")
    build.add_argument(
        "--fresh", action="store_true", help="also replace pictures that differ in times alone"
    )
    check = _add(commands, "check", _check, "check that lessons and built notebooks are in order")
    for parser in (build, check):
        parser.add_argument(
            "slugs", nargs="*", metavar="LESSON", help="a lesson's name (default: all lessons)"
        )


def parser() -> argparse.ArgumentParser:
    """The command line as an argparse parser."""
    top = argparse.ArgumentParser(
        prog="fanout",
        description="Parallel tool calls: a notebook course that runs offline on the real SDKs.",
        epilog="`fanout COMMAND --help` explains one command. Start with: fanout lab",
    )
    commands = top.add_subparsers(title="commands", metavar="COMMAND")
    _add_for_learners(commands)
    _add_for_teachers(commands)
    _add_for_authors(commands)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns 0 when it worked, 1 when it did not, 2 for a wrong command line."""
    top = parser()
    args = top.parse_args(argv)
    if "run" not in args:
        top.print_help()
        return 2
    try:
        code: int = args.run(args)
    except CommandError as error:
        print(f"fanout: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return code


if __name__ == "__main__":
    sys.exit(main())

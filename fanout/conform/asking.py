"""Sending the cases of one table to one endpoint: ids and models filled in, politely, one by one."""

from __future__ import annotations

import dataclasses
import json
import re
import time
from collections.abc import Mapping
from typing import Any

import httpx2

from fanout.conform.outcome import ConformError, Outcome, judged
from fanout.dialects.claude.access import VERSION
from fanout.dialects.conformance import Case
from fanout.dialects.conformance.requests import build, spell
from fanout.simulator.live.key import Key, Redactor

TRIES = 3
"""How often a request is made while the endpoint says that it comes too soon."""
TOO_SOON = (429, 503, 529)
LONGEST_WAIT = 60.0


class Asker:
    """Asks one endpoint, one case after another.

    :param dialect: the name of the table.
    :param model: asked for where a case is of no certain model; None for the table's own.
    :param pause: seconds before each request.
    :param timeout: seconds to wait for an answer.
    :param here: the endpoint is on this machine, so that no proxy is asked.
    """

    def __init__(
        self,
        address: str,
        dialect: str,
        *,
        key: Key | None = None,
        model: str | None = None,
        pause: float = 0.0,
        timeout: float = 120.0,
        here: bool = False,
    ) -> None:
        self.address, self.dialect, self.pause = address, dialect, pause
        self._redactor = Redactor(key)
        sent = key.reveal() if key is not None else "none"
        self._headers = {"authorization": f"Bearer {sent}"}
        if dialect == "claude":
            self._headers["anthropic-version"] = VERSION
        usual = build({}, dialect)["model"]
        self._models = {usual: model} if model else {}
        self._client = httpx2.Client(timeout=timeout, trust_env=not here)
        self._stored: dict[str, Mapping[str, str] | str] = {}
        self._asked = 0

    def ask(self, case: Case) -> Outcome:
        """The outcome of a case.

        Raises `ConformError` when the first answer shows that asking on would be in vain.
        """
        try:
            ready = self._prepared(case)
            if isinstance(ready, str):
                return Outcome(case=case, verdict="skipped", reason=ready)
            answer = self._post(ready.request, ready.headers)
        except httpx2.HTTPError as trouble:
            if self._asked == 0:
                raise self._nobody(trouble) from None
            reason = f"{type(trouble).__name__} at {self.address}"
            return Outcome(case=case, verdict="no answer", reason=reason)
        # A case with a wrong key of its own is about how the API shows that one.
        own = "authorization" in case.headers or "x-api-key" in case.headers
        body = self._body(answer, redact=not own)
        if self._asked == 0:
            self._check_sense(ready, answer.status_code, body)
        self._asked += 1
        return judged(ready, answer.status_code, body)

    def close(self) -> None:
        """Hang up."""
        self._client.close()

    def _post(self, body: Mapping[str, Any], headers: Mapping[str, str | None]) -> httpx2.Response:
        sent = {n: v for n, v in {**self._headers, **headers}.items() if v is not None}
        for left in reversed(range(TRIES)):
            time.sleep(self.pause)
            answer = self._client.post(self.address, json=body, headers=sent)
            if answer.status_code not in TOO_SOON or not left:
                return answer
            time.sleep(_wait(answer.headers.get("retry-after")))
        raise AssertionError("The last try returns.")

    def _body(self, answer: httpx2.Response, *, redact: bool = True) -> Any:
        raw = self._redactor.raw(answer.content)
        try:
            return json.loads(self._redactor.refusal(raw) if redact else raw)
        except (ValueError, RecursionError):
            return None

    def _prepared(self, case: Case) -> Case | str:
        """The case with the ids and the model of this endpoint; a text says why that cannot be."""
        case = renamed(case, self._models)
        for one in case.stored:
            found = self._reply(str(case.request["model"]), one)
            if isinstance(found, str):
                return found
            case = renamed(case, found)
        return case

    # --- Replies to go on from --------------------------------------------------------------------

    def _reply(self, model: str, wanted: Mapping[str, Any]) -> Mapping[str, str] | str:
        """A reply like the one wanted, made once: the table's ids, each with the endpoint's own."""
        kinds = [item["type"] for item in wanted["output"]]
        name = json.dumps([model, wanted["before"], kinds])
        if name not in self._stored:
            self._stored[name] = self._make(model, wanted, kinds)
        return self._stored[name]

    def _make(
        self, model: str, wanted: Mapping[str, Any], kinds: list[str]
    ) -> Mapping[str, str] | str:
        body = {"model": model, "input": wanted["before"], "store": True}
        if "reasoning" in kinds:
            body["reasoning"] = {"effort": "low"}
        if "function_call" in kinds:
            body |= spell({"tools": ["get_weather"]}, self.dialect)
        answer = self._post(body, {})
        reply = self._body(answer)
        if answer.status_code != 200 or not isinstance(reply, dict):
            return f"A reply to go on from was refused with status {answer.status_code}."
        items = [item for item in reply.get("output") or () if isinstance(item, dict)]
        came = [str(item.get("type")) for item in items]
        if came != kinds or "id" not in reply:
            shown = ", ".join(came) or "nothing"
            return f"It goes on from {', '.join(kinds)}; the endpoint's reply was {shown}."
        names = {wanted["id"]: str(reply["id"])}
        for ours, theirs in zip(wanted["output"], items, strict=True):
            both = (name for name in ("id", "call_id") if name in ours and name in theirs)
            names |= {ours[name]: str(theirs[name]) for name in both}
        return names

    # --- Nothing to ask ---------------------------------------------------------------------------

    def _nobody(self, trouble: Exception) -> ConformError:
        return ConformError(
            f"Nobody answers at {self.address} ({type(trouble).__name__}). Check --base-url and the "
            "network; for the simulator, start it: fanout serve --port 8000"
        )

    def _check_sense(self, case: Case, status: int, body: Any) -> None:
        error = body.get("error") if isinstance(body, dict) else None
        if status in (401, 403) and case.status != status:
            said = error.get("message") if isinstance(error, dict) else error
            raise ConformError(f"{self.address} refuses the key (status {status}): {said}")
        if status in (404, 405) and not isinstance(error, dict):
            raise ConformError(
                f"There is no such API at {self.address} (status {status}). Is --base-url right?"
            )


def renamed(case: Case, names: Mapping[str, str]) -> Case:
    """The case with other ids or another model, in what is sent and in what is expected."""
    if not names:
        return case
    words = "|".join(map(re.escape, names))
    pattern = re.compile(rf"(?<![\w.-])(?:{words})(?![\w-])")

    def new(value: Any) -> Any:
        return json.loads(pattern.sub(lambda found: names[found[0]], json.dumps(value)))

    return dataclasses.replace(
        case, request=new(case.request), expected=new(dict(case.expected)), stored=new(case.stored)
    )


def _wait(retry_after: str | None) -> float:
    try:
        return min(max(float(retry_after or 5), 0.0), LONGEST_WAIT)
    except ValueError:  # a date, as HTTP allows
        return 5.0

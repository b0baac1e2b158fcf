"""A learner's function in a box, as the judge sees one: something to be called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from fanout.checks.driver import Outcome
from fanout.checks.scenario import Argument
from fanout.grading.guard import Guard
from fanout.grading.pulse import Watch
from fanout.grading.session import OWN_FAULT, BoxFailed, Session, TooMuchMemory
from fanout.grading.state import State
from fanout.grading.wire import Babble, Gone, Json, Silence, readable

_GRACE = 0.5
"""Seconds beyond the limit in which the box may still say by itself that the limit was reached."""
_PRINTED = 10_000
_ENDED = "ended the process it ran in"


class BoxedFunction:
    """A function of the notebook in a session, called in a copy of the state after its cells.

    :param sated: whether the far end keeps it waiting because it has asked too often.
    :param direct: call it in the state itself. A copy has no threads; a notebook that started some
        may need them.
    """

    def __init__(
        self,
        session: Session,
        name: str,
        guard: Guard,
        *,
        sated: Callable[[], bool],
        direct: bool = False,
    ) -> None:
        self._session, self._name, self._guard, self._direct = session, name, guard, direct
        self._sated = sated
        self._undisturbed = False
        self._computed_before = 0.0
        self._copy = session.current if direct else None
        self.kept_waiting = False
        """A call was stopped that had hardly computed: the machine may be to blame."""
        self.unstarted = False
        """There was no state left to call it in; the notebook's cells had broken it."""
        self.ended = False
        """A call ended the process that it ran in."""
        self.missing = False
        """The notebook defines no such function."""
        self.reason: str | None = None
        """In a sentence, what kept the first call that was no ordinary one from its end."""

    def call(self, arguments: Mapping[str, Argument], url: str, limit: float) -> Outcome:
        """Call it once, for at most `limit` seconds of the grader's own clock."""
        self._undisturbed = False
        outcome = replace(self._call(arguments, url, limit), undisturbed=self._undisturbed)
        if self.reason is None and outcome.raised in (None, _ENDED):
            self.reason = self._sentence(outcome)
        return outcome

    def _call(self, arguments: Mapping[str, Argument], url: str, limit: float) -> Outcome:
        if self._session.time_left <= 0:
            return Outcome(not_run="was not run: the notebook had used up its time")
        order = {"do": "call", "function": self._name, "limit": limit, "url": url}
        try:
            if self._copy is None:
                self._copy = self._session.fork()
            answer = self._ask(self._copy, {**order, "arguments": dict(arguments)}, limit + _GRACE)
        except (Silence, Gone, Babble, TooMuchMemory, BoxFailed) as error:
            outcome = self._broken_off(error, limit)
            self.close()
            return outcome
        if self._guard.exhausted:
            return Outcome(
                not_run="was stopped: it sent more to the far end than any solution needs"
            )
        return self._read(answer, limit)

    def _ask(self, copy: State, order: Json, limit: float) -> Any:
        self._computed_before = copy.process.cpu_seconds()
        watch = Watch(copy.process, self._session.pulse)
        try:
            answer = self._session.ask(copy, order, limit)
        except Silence:
            self._undisturbed = watch.silent_by_itself()
            raise
        told = answer.get("waited") if isinstance(answer, dict) else None
        self._undisturbed = watch.undisturbed(told)
        return answer

    def close(self) -> None:
        """Throw the copy away."""
        if self._copy is not None and not self._direct:
            self._copy.end()
            self._copy = None

    def _broken_off(self, error: Exception, limit: float) -> Outcome:
        if isinstance(error, Silence):
            assert self._copy is not None
            computed = self._copy.process.cpu_seconds() - self._computed_before
            hardly_computed = computed < OWN_FAULT * limit
            self._blame_the_machine(hardly_computed)
            return Outcome(stopped_after=limit)
        if isinstance(error, TooMuchMemory):
            return Outcome(
                not_run="was stopped: it used more memory than there is for one notebook"
            )
        if isinstance(error, Babble):
            return Outcome(not_json=f"wrote what is no answer: {error}")
        if isinstance(error, BoxFailed):
            self.unstarted = True
            return Outcome(not_run=f"was not run: {error}")
        self.ended = True
        if self._direct:
            return Outcome(not_run=_ENDED)
        return Outcome(raised=_ENDED)

    def _blame_the_machine(self, suspicion: bool = True) -> None:
        """Note that the machine may have kept a call waiting, unless it is known to be innocent."""
        self.kept_waiting |= suspicion and not (self._undisturbed or self._sated())

    def _read(self, answer: Any, limit: float) -> Outcome:
        """An answer of the box as an outcome. It may be anything; only one thing of it counts."""
        given: dict[str, Any] = answer if isinstance(answer, dict) else {"not_json": "no answer"}
        printed = given.get("printed")
        kept = printed[:_PRINTED] if isinstance(printed, str) else ""
        if "missing" in given:
            self.missing = True
            return Outcome(not_run=self._absent(given))
        if given.get("unwritten") is True:
            return Outcome(unwritten=True)
        if given.get("stopped") is True:
            self._blame_the_machine()
            return Outcome(stopped_after=limit, printed=kept)
        for kind in ("raised", "not_json"):
            if given.get(kind) is not None:
                told: dict[str, Any] = {kind: readable(str(given[kind])), "printed": kept}
                return Outcome(**told)
        return Outcome(
            returned=given.get("returned"),
            printed=kept,
            changed=_names(given.get("changed")),
            forgotten=_names(given.get("forgotten")),
        )

    def _sentence(self, outcome: Outcome) -> str | None:
        name, trouble = self._name, outcome.trouble
        if trouble is None:
            return None
        if self.missing:
            words = trouble.removeprefix("not run: ")
            return f"{words[0].upper()}{words[1:]}."
        if outcome.unwritten:
            return f"`{name}` is not written yet: it still raises NotImplementedError."
        return f"A call of `{name}` went wrong: it {trouble}."

    def _absent(self, given: Mapping[str, Any]) -> str:
        if given.get("defined") is True:
            kind = readable(str(given["missing"]), 60)
            return f"not run: `{self._name}` is no function but of type `{kind}`"
        return f"not run: the notebook defines no function `{self._name}`"


def _names(given: Any) -> tuple[str, ...]:
    """Names that the box sent; nothing where it sent something else."""
    names = given if isinstance(given, list) else []
    return tuple(readable(name, 60) for name in names[:20] if isinstance(name, str))

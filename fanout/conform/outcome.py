"""What came of a case: the answer, and how it differs from the table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from fanout.dialects.conformance import Case

Verdict = Literal["agrees", "differs", "inferred", "no answer", "skipped"]

SAID: Mapping[Verdict, tuple[str, str]] = {
    "agrees": ("agrees", "agree"),
    "differs": ("differs in what was seen verbatim", "differ in what was seen verbatim"),
    "inferred": (
        "differs only in what the table infers",
        "differ only in what the table infers",
    ),
    "no answer": ("got no answer", "got no answer"),
    "skipped": ("was skipped", "were skipped"),
}
"""Each verdict as said of one case and of several."""

INDENT = " " * 25


class ConformError(Exception):
    """The endpoint cannot be asked at all; the text says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of one case."""

    case: Case
    verdict: Verdict
    verbatim: tuple[str, ...] = ()
    """Differences from what was seen in an answer of the API."""
    inferred: tuple[str, ...] = ()
    """Differences from what no source shows."""
    reason: str = ""
    """Why there is no answer to judge."""
    status: int | None = None
    body: Any = None

    def lines(self) -> Iterator[str]:
        """The outcome as lines of the table."""
        case = self.case
        yield f"{case.row:<5} {case.mark:<7} {self.verdict:<10} {case.title}"
        # An answer where a refusal is due has no error whose fields could be compared.
        shown = slice(1) if self.status == 200 else slice(None)
        yield from (f"{INDENT}{text}" for text in self.verbatim[shown])
        yield from (f"{INDENT}(inferred) {text}" for text in self.inferred[shown])
        if case.status == 200 and self.verdict in ("differs", "inferred"):
            yield f"{INDENT}It was refused: {_message(self.body)}"
        if self.reason:
            yield f"{INDENT}{self.reason}"

    def data(self) -> dict[str, Any]:
        """The outcome for a file."""
        case = self.case
        told = {name: value for name, value in vars(self).items() if name != "case"}
        return {"row": case.row, "title": case.title, "mark": case.mark, **told}


def _message(body: Any) -> Any:
    error = body.get("error") if isinstance(body, dict) else None
    return error.get("message") if isinstance(error, dict) else error or "without a reason"


def judged(case: Case, status: int, body: Any) -> Outcome:
    """An answer laid beside its case."""
    from fanout.dialects.conformance import differences

    every = differences(case, status, body)
    # In a case that is inferred as a whole nothing was seen verbatim.
    verbatim = () if case.mark == "I" else differences(case, status, body, verbatim_only=True)
    inferred = tuple(text for text in every if text not in verbatim)
    verdict: Verdict = "differs" if verbatim else "inferred" if inferred else "agrees"
    return Outcome(
        case=case, verdict=verdict, verbatim=verbatim, inferred=inferred, status=status, body=body
    )

"""The exercise `book_once`: asking again without booking again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fanout.checks.draw import Draw
from fanout.checks.exercise import Attempt, Criterion, Exercise, NotYet
from fanout.checks.scenario import STOPS_ITS_CALLER, Scenario, raising, tools, value
from fanout.lessons.failures.safely import lets_itself_be_stopped, times
from fanout.simulator.tools import ScenarioTool, ToolFailed

ENDLESS = 50


@dataclass
class Office:
    """Sells seats. The same key gets the same booking again; another key, another seat."""

    word: str
    by_key: dict[str, dict[str, Any]] = field(default_factory=dict)
    made: list[str] = field(default_factory=list)
    """For each booking the scenario in which it was made."""

    def book(self, given: Mapping[str, Any], scenario: str) -> dict[str, Any]:
        """The booking under the request's key, made now if there is none."""
        key = str(given.get("key"))
        if not given.get("key") or key not in self.by_key:
            self.made.append(scenario)
            number = len(self.made)
            self.by_key[key] = {
                "booking": f"{self.word}-{number}",
                "seat": f"{10 + number}A",
                "passenger": given.get("passenger"),
            }
        return self.by_key[key]


def _book_scenarios(draw: Draw) -> list[Scenario]:
    office, mine, theirs = Office(draw.text(4)), draw.call_id(), draw.call_id()
    train = f"{draw.text(3)} to {draw.cities(1)[0]}"
    lost = draw.number(1, 2)
    kind = draw.some(["ValueError", "LookupError", "PermissionError"], 1)[0]

    def one(title: str, about: str, call_id: str, **facts: Any) -> Scenario:
        usual = {"lost": 0, "before": 0, "refuses": False, "stops": False, "raises": ""}
        facts = {**usual, "made": 1, "attempts": 4, **facts}
        return Scenario(
            title=title,
            arguments={
                "call_id": value(call_id),
                "train": value(train),
                "passenger": value("Ada"),
                "functions": tools(["book_seat"], asynchronous=True),
                "attempts": value(facts["attempts"]),
            },
            about=frozenset({about, "all"}),
            facts={"office": office, "title": title, **facts},
            tools={"book_seat": _desk(office, title, facts)},
        )

    return [
        one("an answer at the first attempt", "plain", draw.call_id()),
        one(f"a booking made, its answer lost {times(lost)}", "lost", mine, lost=lost),
        one("a second seat for the same passenger", "second", theirs, lost=1),
        one("the first call once more, after a restart", "again", mine, made=0),
        one("a request lost on its way", "lost", draw.call_id(), before=1),
        one("its caller stops it while it waits", "stopped", draw.call_id(), stops=True, made=0),
        one(f"a tool that raises {kind}", "broken", draw.call_id(), raises=kind, made=0),
        one("a train that is full", "refused", draw.call_id(), refuses=True, made=0),
        one(
            "no answer, ever",
            "silent",
            draw.call_id(),
            before=ENDLESS,
            made=0,
            attempts=draw.number(2, 3),
        ),
    ]


def _desk(office: Office, scenario: str, facts: Mapping[str, Any]) -> ScenarioTool:
    """The tool: loses requests before they arrive, then answers after the work is done."""
    left = {"before": facts["before"], "lost": facts["lost"]}

    def answer(given: Mapping[str, Any]) -> Any:
        if left["before"] > 0:
            left["before"] -= 1
            raise ToolFailed("no answer from the booking service")
        if facts["stops"]:
            return STOPS_ITS_CALLER
        if facts["raises"]:
            return raising(facts["raises"], "There is no such train.")
        if facts["refuses"]:
            return {"error": "The train is full. Choose another one."}
        booking = office.book(given, scenario)
        if left["lost"] > 0:
            left["lost"] -= 1
            raise ToolFailed("no answer from the booking service")
        return booking

    return ScenarioTool(answer=answer)


def _requests(attempt: Attempt) -> list[Mapping[str, Any]]:
    return [exchange.request["arguments"] for exchange in attempt.run.service_exchanges]


def _answers(attempt: Attempt) -> list[Any]:
    answered = [e.response for e in attempt.run.service_exchanges if e.status == 200]
    return [response["result"] for response in answered]


def _returns_answer(attempt: Attempt) -> NotYet | None:
    answers = _answers(attempt)
    wanted = answers[-1] if answers else "what `book_seat` answered"
    return None if attempt.returned == wanted else NotYet(yours=attempt.returned, expected=wanted)


def _books_as_often(attempt: Attempt) -> NotYet | None:
    made = attempt.facts["office"].made.count(attempt.facts["title"])
    if made == attempt.facts["made"]:
        return None
    keys = [request.get("key") for request in _requests(attempt)]
    return NotYet(
        yours=f"{_new_bookings(made)}, with the keys {keys}",
        expected=f"{_new_bookings(attempt.facts['made'])} for this call",
    )


def _new_bookings(count: int) -> str:
    return f"{count} new booking{'' if count == 1 else 's'}"


def _arguments_kept(attempt: Attempt) -> NotYet | None:
    wanted = {"train": attempt.scenario.arguments["train"]["data"], "passenger": "Ada"}
    for sent in _requests(attempt) or [{}]:
        if {name: sent.get(name) for name in wanted} != wanted or not sent.get("key"):
            return NotYet(yours=sent, expected=wanted | {"key": "… of the call …"})
    return None


def _asks_once(attempt: Attempt) -> NotYet | None:
    wrong = _returns_answer(attempt)
    count = _asked(attempt)
    if wrong is None and count == 1:
        return None
    return wrong or NotYet(yours=f"asked {times(count)}", expected="once: a refusal is an answer")


def _lets_through(attempt: Attempt) -> NotYet | None:
    """An exception that does not mean a lost answer ends it, after one request."""
    raised, kind, count = attempt.outcome.raised or "", attempt.facts["raises"], _asked(attempt)
    if raised.startswith(f"raised {kind}") and count == 1:
        return None
    return NotYet(
        yours=f"{raised or repr(attempt.returned)}, having asked {times(count)}",
        expected=f"{kind}, having asked once",
    )


def _asked(attempt: Attempt) -> int:
    return len(attempt.run.service_exchanges)


def _gives_up(attempt: Attempt) -> NotYet | None:
    raised, most = attempt.outcome.raised or "", attempt.facts["attempts"]
    count = _asked(attempt)
    if raised.startswith("raised RuntimeError") and count == most:
        return None
    return NotYet(
        yours=f"{raised or repr(attempt.returned)}, having asked {times(count)}",
        expected=f"RuntimeError, having asked {times(most)}",
    )


BOOK_ONCE = Exercise(
    name="book_once",
    lesson="failures",
    title="Ask again, book once",
    difficulty=3,
    importance=5,
    minutes=10,
    scenarios=_book_scenarios,
    criteria=(
        Criterion(
            name="sends the train, the passenger and a key",
            about="all",
            rule="Without a key the far end cannot tell a repetition from a second wish.",
            look=_arguments_kept,
            even_if_raised=True,
        ),
        Criterion(
            name="returns the booking in spite of lost answers",
            about="lost",
            rule="No answer means that nobody knows. Ask again, and the key finds it out.",
            look=_returns_answer,
        ),
        Criterion(
            name="books one seat, however often it asks",
            about="lost",
            rule="All attempts of one call carry the same key, and no other call carries it.",
            look=_books_as_often,
            points=3,
        ),
        Criterion(
            name="books a second seat for a second call with the same arguments",
            about="second",
            rule="Two calls are two wishes, also when they say the same: the key belongs to the call.",
            look=_books_as_often,
            points=2,
        ),
        Criterion(
            name="books nothing more when the same call is run again",
            about="again",
            rule="After a restart the call has the same id. A key made of it is the same as well.",
            look=_books_as_often,
            points=2,
        ),
        Criterion(
            name="takes a refusal for an answer",
            about="refused",
            rule="The train is not less full at the second attempt.",
            look=_asks_once,
        ),
        Criterion(
            name="asks again for a lost answer, and for nothing else",
            about="broken",
            rule="Only RuntimeError means that no answer came. What else is raised is a mistake, and the "
            "next attempt would make it again.",
            look=_lets_through,
            even_if_raised=True,
        ),
        Criterion(
            name="lets its caller stop it",
            about="stopped",
            rule="CancelledError means that nobody wants an answer any more, not that none came.",
            look=lets_itself_be_stopped,
            even_if_raised=True,
        ),
        Criterion(
            name="raises RuntimeError after the last attempt",
            about="silent",
            rule="Who retries for ever never says that something is wrong.",
            look=_gives_up,
            even_if_raised=True,
        ),
    ),
    hints=(
        "The far end knows a repetition by its key. What stays the same over all attempts of one "
        "call, also after a restart, and is different for every other call?",
        "Loop over the attempts, and return what the tool gives back as soon as it gives something. "
        "Only one kind of exception is a reason to go round once more.",
        "Pass the id of the call as `key`. After the loop, or at the last attempt, raise a "
        "RuntimeError that says that it is not known whether there is a booking.",
    ),
    more="between two attempts a real program waits, each time longer and a little at random, so that "
    "a far end in trouble is not asked by everybody at the same moment.",
)

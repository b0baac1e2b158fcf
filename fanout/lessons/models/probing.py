"""Lesson 06: the probe, put before models whose behaviour is drawn from the seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fanout.checks.draw import Draw
from fanout.checks.exercise import Attempt, Criterion, Exercise, NotYet
from fanout.checks.material import city_tool, last_text
from fanout.checks.scenario import Scenario, client, value
from fanout.conversation import Conversation, Reply, ToolCall
from fanout.lessons.syllabus import model

REFUSES_SWITCH, REFUSES_TOOLS, REFUSES_API = "refuses_parallel", "effort_none", "responses_only"


def _probe_scenarios(draw: Draw) -> list[Scenario]:
    return [
        _mixed(draw),
        _repeating(draw),
        _scripted(draw, "a model that never calls", [[]] * draw.number(2, 4), "silent"),
        _scripted(draw, "an endpoint that obeys the switch", _counts(draw), "works"),
        _scripted(
            draw, "an endpoint that ignores the switch", _counts(draw), "ignored", obeys=False
        ),
        _late(draw),
        _scripted(draw, "a model that refuses the switch", _ones(draw), "switch", REFUSES_SWITCH),
        _refusing(draw, "a model that refuses tools as they are asked for", REFUSES_TOOLS),
        _refusing(draw, "a model that is not served in this API", REFUSES_API),
    ]


Turns = Sequence[Sequence[ToolCall]]


def _counts(draw: Draw) -> Turns:
    return [draw.city_calls(draw.number(2, 4)) for _ in range(3)]


def _ones(draw: Draw) -> Turns:
    return [draw.city_calls(1) for _ in range(3)]


def _mixed(draw: Draw) -> Scenario:
    """Turns with and without calls, whose mean differs from every tempting other number."""
    turns = [draw.city_calls(2), [], draw.city_calls(5), draw.city_calls(1), []]
    return _scripted(draw, "a model that sometimes calls", draw.shuffled(turns), "mixed")


def _repeating(draw: Draw) -> Scenario:
    """Repeats inside a turn, spelled alike and differently; and one call that comes in two turns."""
    name = draw.tool_names(1)[0]
    first, second, third = draw.cities(3)
    days = draw.number(2, 9)
    spelled = (f'{{"city": "{first}", "days": {days}}}', f'{{"days":{days},"city":"{first}"}}')
    inside = [
        *(ToolCall(id=draw.call_id(), name=name, arguments=text) for text in spelled),
        draw.call(name, city=second),
    ]
    thrice = [draw.call(name, city=third) for _ in range(3)]
    across = [draw.call(name, city=second), draw.call(name, city=first)]
    turns = draw.shuffled([inside, thrice, across])
    return _scripted(draw, "a model that repeats calls", turns, "repeats", duplicates=3)


def _late(draw: Draw) -> Scenario:
    """Only the last prompt leads to several calls, so only that shows that the switch is ignored."""
    turns = [[], *_ones(draw), draw.city_calls(3)]
    return _scripted(draw, "an endpoint that ignores the switch", turns, "ignored", obeys=False)


def _scripted(
    draw: Draw,
    title: str,
    turns: Turns,
    about: str,
    name: str = "chat",
    *,
    obeys: bool = True,
    duplicates: int = 0,
) -> Scenario:
    prompts = [f"Question {draw.text(6)}: what do the tools say?" for _ in turns]
    # One turn with calls ends under `stop`, as a forced function's does.
    odd = draw.some([p for p, calls in zip(prompts, turns, strict=True) if calls] or prompts, 1)[0]
    said = {
        prompt: Reply(
            text=None if calls else "Nothing to ask.",
            calls=tuple(calls),
            stop="stop" if prompt == odd else None,
        )
        for prompt, calls in zip(prompts, turns, strict=True)
    }
    used = [len(calls) for calls in turns if calls]
    ends = {said[p].stop or ("tool_calls" if said[p].calls else "stop") for p in prompts}
    row = {
        "calls_per_turn": sum(used) / len(used) if used else None,
        "duplicates": duplicates,
        "finish_reasons": sorted(ends),
        "switch": "refused" if name == REFUSES_SWITCH else "works" if obeys else "ignored",
        "refusal": None,
    }
    return Scenario(
        title=title,
        arguments=_arguments(draw, model(name), prompts, turns),
        about=frozenset({about, "answers"}),
        facts={"row": row, "prompts": prompts},
        mind=_mind(said, obeys),
    )


def _mind(said: dict[str, Reply], obeys: bool) -> Callable[[Conversation], Reply]:
    """A model that answers each prompt as drawn; asked for one call at most, it may obey."""

    def mind(conversation: Conversation) -> Reply:
        reply = said.get(last_text(conversation), Reply(text="I was asked something else."))
        if conversation.parallel or not obeys:
            return reply
        return Reply(text=reply.text, calls=reply.calls[:1], stop=reply.stop)

    return mind


def _refusing(draw: Draw, title: str, name: str) -> Scenario:
    turns = _counts(draw)
    prompts = [f"Question {draw.text(6)}: what do the tools say?" for _ in turns]
    texts = {
        REFUSES_TOOLS: "Function tools with reasoning_effort are not supported",
        REFUSES_API: "This model is only supported in v1/responses",
    }
    return Scenario(
        title=title,
        arguments=_arguments(draw, model(name), prompts, turns),
        about=frozenset({"refuses"}),
        facts={"refusal": texts[name]},
    )


def _arguments(draw: Draw, name: str, prompts: Sequence[str], turns: Turns) -> dict[str, Any]:
    names = sorted({call.name for calls in turns for call in calls} or draw.tool_names(2))
    return {
        "client": client(),
        "model": value(name),
        "prompts": value(list(prompts)),
        "tools": value([city_tool(tool) for tool in names]),
    }


def _cell(key: str) -> Callable[[Attempt], NotYet | None]:
    """A look at one key of the returned row."""

    def look(attempt: Attempt) -> NotYet | None:
        row, expected = dict(attempt.returned), attempt.facts["row"][key]
        if key not in row:
            return NotYet(yours=row, expected={key: expected})
        yours = row[key]
        same = yours == expected or (
            _both_numbers(yours, expected) and abs(yours - expected) < 0.01
        )
        return None if same else NotYet(yours={key: yours}, expected={key: expected})

    return look


def _both_numbers(*values: Any) -> bool:
    return all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in values)


def _snapshot(attempt: Attempt) -> NotYet | None:
    """The name that the replies carried on the wire."""
    said = [e.response for e in attempt.run.model_exchanges if e.status == 200]
    expected = said[0]["model"] if said and said[0] else "the name in the replies"
    yours = dict(attempt.returned).get("snapshot")
    wrong = yours != expected
    return NotYet(yours={"snapshot": yours}, expected={"snapshot": expected}) if wrong else None


def _asks_each_once(attempt: Attempt) -> NotYet | None:
    """Without the switch each prompt goes out once, with the tools."""
    sent = [
        e.request for e in attempt.run.model_exchanges if "parallel_tool_calls" not in e.request
    ]
    yours = [_prompt(request) for request in sent if request.get("tools")]
    expected = attempt.facts["prompts"]
    return None if sorted(yours) == sorted(expected) else NotYet(yours=yours, expected=expected)


def _prompt(request: Mapping[str, Any]) -> str:
    """What a request asks, or what it holds where that is no message."""
    return str(m[-1].get("content") if isinstance(m := request.get("messages"), list) else m)


def _fills_refused_row(attempt: Attempt) -> NotYet | None:
    """The refusal's own words, and None for everything that could not be measured."""
    row, words = dict(attempt.returned), attempt.facts["refusal"]
    told = isinstance(row.get("refusal"), str) and words in row["refusal"]
    unmeasured = ("snapshot", *_MEASURED)
    empty = all(row.get(key, "no such key") is None for key in unmeasured)
    expected = dict.fromkeys(unmeasured) | {"refusal": f"{words} …"}
    return None if told and empty else NotYet(yours=row, expected=expected)


_MEASURED = ("calls_per_turn", "duplicates", "finish_reasons", "switch")

PROBE = Exercise(
    name="probe",
    lesson="models",
    title="A probe for any model",
    difficulty=4,
    importance=5,
    minutes=20,
    scenarios=_probe_scenarios,
    criteria=(
        Criterion(
            name="asks each prompt once without the switch, with the tools",
            about="answers",
            rule="The first measurement is of the model as it comes, and every request costs.",
            look=_asks_each_once,
        ),
        Criterion(
            name="counts the tool calls per tool-using turn",
            about="mixed",
            rule="A turn that rightly calls nothing says nothing about calling together.",
            look=_cell("calls_per_turn"),
            points=2,
        ),
        Criterion(
            name="gives None where no turn used a tool",
            about="silent",
            rule="Nothing was measured; zero would claim something.",
            look=_cell("calls_per_turn"),
        ),
        Criterion(
            name="counts the calls that repeat another of the same turn",
            about="repeats",
            rule="A repeat has the name and the arguments of a call of its own turn, however spelled.",
            look=_cell("duplicates"),
            points=2,
        ),
        Criterion(
            name="lists every finish_reason once, sorted",
            about="answers",
            rule="A value that surprises you should stand in the table, not be lost in a loop.",
            look=_cell("finish_reasons"),
        ),
        Criterion(
            name="says which snapshot answered",
            about="answers",
            rule="A name may be an alias; the `model` of a reply is what you measured.",
            look=_snapshot,
        ),
        Criterion(
            name="says `works` where the switch is obeyed",
            about="works",
            rule="With `parallel_tool_calls=False` no reply held more than one tool call.",
            look=_cell("switch"),
        ),
        Criterion(
            name="says `ignored` where the switch is taken and not obeyed",
            about="ignored",
            rule="A 200 says that the parameter was read. What it did, the calls say; ask with every "
            "prompt.",
            look=_cell("switch"),
            points=2,
        ),
        Criterion(
            name="says `refused` where the switch is refused",
            about="switch",
            rule="Some models answer 400 to the parameter, true or false; the rest of the row is "
            "still measured.",
            look=_cell("switch"),
            points=2,
        ),
        Criterion(
            name="gives None for the refusal of a model that answers",
            about="answers",
            rule="None says that there was none. An empty text is a refusal without words.",
            look=_cell("refusal"),
        ),
        Criterion(
            name="fills the row of a model that refuses everything",
            about="refuses",
            rule="A table needs a row for it too: the API's own words, and None where nothing was "
            "measured. Refusals come as 400 and as 404.",
            look=_fills_refused_row,
            points=2,
        ),
    ),
    hints=(
        "Two rounds through the prompts: one as the model comes, one with the switch. Which of the keys "
        "does the first round give?",
        "Write a small function that asks one prompt, with further options, and returns the reply. Put "
        "each round into a `try` of its own: a refusal means something else in each.",
        "First round: `APIStatusError` covers 400 and 404. Collect the replies, then compute the keys "
        "from that list. Second round: the switch works if the largest number of calls in a reply is one "
        "at most, and a BadRequestError means that it is refused.",
    ),
    more="a mean of five prompts is a beginning. Run the probe several times against a real model, and "
    "note how far the numbers lie apart: that is how small a change you can see.",
)

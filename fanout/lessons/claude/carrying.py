"""Lesson 05, in between: tool definitions carried from one provider to the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fanout.checks.draw import Draw
from fanout.checks.exercise import Attempt, Criterion, Exercise, NotYet, unchanged
from fanout.checks.material import chat_refusal, claude_refusal
from fanout.checks.scenario import Scenario, value
from fanout.lessons.claude.definitions import Definition, facts, for_claude, for_openai, without


def _scenario(
    title: str, about: str, given: list[Definition], carried: list[Definition]
) -> Scenario:
    return Scenario(
        title=title,
        arguments={"tools": value(given)},
        about=frozenset({about, "carried"} if carried else {about}),
        facts={"tools": carried},
    )


# --- What is looked at, for both directions -------------------------------------------------------


def _returned(attempt: Attempt) -> list[Mapping[str, Any]]:
    items = attempt.returned if isinstance(attempt.returned, list) else []
    return [item for item in items if isinstance(item, Mapping)]


Read = Callable[[Mapping[str, Any]], Any]


def _compared(attempt: Attempt, read: Read, expected: Sequence[Any]) -> NotYet | None:
    """One part of each definition against what it should be, in order."""
    yours, wanted = [read(tool) for tool in _returned(attempt)], list(expected)
    return None if yours == wanted else NotYet(yours=yours or attempt.returned, expected=wanted)


def _wanted(attempt: Attempt, key: str) -> list[Any]:
    return [fact.get(key) for fact in attempt.facts["tools"]]


def _function(tool: Mapping[str, Any]) -> Mapping[str, Any]:
    """What stands in the envelope of a definition for OpenAI; nothing where there is no envelope."""
    inner = tool.get("function")
    return inner if isinstance(inner, Mapping) else {}


def _claude_words(attempt: Attempt) -> NotYet | None:
    return _compared(
        attempt,
        lambda tool: (tool.get("name"), tool.get("description") or None),
        [(fact["name"], fact.get("description")) for fact in attempt.facts["tools"]],
    )


def _openai_words(attempt: Attempt) -> NotYet | None:
    return _compared(
        attempt,
        lambda tool: (
            tool.get("type"),
            _function(tool).get("name"),
            _function(tool).get("description") or None,
        ),
        [("function", fact["name"], fact.get("description")) for fact in attempt.facts["tools"]],
    )


def _claude_schema(attempt: Attempt) -> NotYet | None:
    return _compared(attempt, lambda t: t.get("input_schema"), _wanted(attempt, "schema"))


def _openai_schema(attempt: Attempt) -> NotYet | None:
    return _compared(attempt, lambda t: _function(t).get("parameters"), _wanted(attempt, "schema"))


def _empty_schema(attempt: Attempt) -> NotYet | None:
    schemas = [tool.get("input_schema") for tool in _returned(attempt)]
    if schemas and all(
        s and s.get("type") == "object" and not s.get("properties") for s in schemas
    ):
        return None
    return NotYet(
        yours=schemas or attempt.returned, expected=[{"type": "object", "properties": {}}] * 2
    )


def _claude_strict(attempt: Attempt) -> NotYet | None:
    return _compared(attempt, lambda t: t.get("strict"), _wanted(attempt, "strict"))


def _openai_strict(attempt: Attempt) -> NotYet | None:
    return _compared(attempt, lambda t: _function(t).get("strict"), _wanted(attempt, "strict"))


_QUESTION = [{"role": "user", "content": "What do the tools say?"}]


def _claude_takes(attempt: Attempt) -> NotYet | None:
    return _taken(attempt, claude_refusal(_QUESTION, attempt.returned))


def _openai_takes(attempt: Attempt) -> NotYet | None:
    """The refusal, or the fields that only Claude knows: they must not be sent along."""
    refusal = chat_refusal(_QUESTION, attempt.returned)
    known = {"name", "description", "parameters", "strict"}
    extra = [
        key
        for tool in _returned(attempt)
        for key in (set(tool) - {"type", "function"}) | (set(_function(tool)) - known)
    ]
    if not refusal and extra:
        refusal = f"fields that OpenAI does not have: {', '.join(sorted(set(extra)))}"
    return _taken(attempt, refusal)


def _taken(attempt: Attempt, refusal: str | None) -> NotYet | None:
    taken = refusal is None and _returned(attempt)
    yours = refusal or attempt.returned
    return None if taken else NotYet(yours=yours, expected="the API takes the tools")


def _raises_value_error(attempt: Attempt) -> NotYet | None:
    raised = attempt.outcome.raised or ""
    right = raised.startswith("raised ValueError")
    return None if right else NotYet(yours=raised or attempt.returned, expected="raises ValueError")


# --- to_claude ------------------------------------------------------------------------------------


def _to_claude_scenarios(draw: Draw) -> list[Scenario]:
    names = draw.tool_names(5)
    plain = [facts(draw, name) for name in names[:3]]
    strict = [
        facts(draw, name, strict=s) for name, s in zip(names, (True, False, None), strict=False)
    ]
    bare, silent = without(facts(draw, names[3]), "schema"), without(plain[0], "description")
    none = {**bare, "name": names[4], "schema": None}
    return [
        _scenario("three tools", "plain", [for_openai(f) for f in plain], plain),
        _scenario(
            "`strict` is True, False, None", "strict", [for_openai(f) for f in strict], strict
        ),
        _scenario("a tool without a description", "silent", [for_openai(silent)], [silent]),
        _scenario(
            "a tool without parameters, and one whose parameters are None",
            "empty",
            [for_openai(bare), for_openai(none)],
            [bare, none],
        ),
    ]


TO_CLAUDE = Exercise(
    name="to_claude",
    lesson="claude",
    title="Tools, from OpenAI to Claude",
    difficulty=2,
    importance=4,
    minutes=6,
    scenarios=_to_claude_scenarios,
    criteria=(
        Criterion(
            name="carries names and descriptions, in order",
            about="carried",
            rule="Claude wants them at the top of the definition, with no envelope around them.",
            look=_claude_words,
        ),
        Criterion(
            name="carries each schema under its new name",
            about="plain",
            rule="The same JSON Schema, whole: OpenAI calls it `parameters`, Claude `input_schema`.",
            look=_claude_schema,
        ),
        Criterion(
            name="gives a tool without parameters an empty schema",
            about="empty",
            rule="OpenAI lets you leave `parameters` out. Claude's `input_schema` is required.",
            look=_empty_schema,
        ),
        Criterion(
            name="carries strict",
            about="strict",
            rule="A promise about arguments that is lost on the way is missed only in production. False "
            "is somebody's choice too.",
            look=_claude_strict,
        ),
        Criterion(
            name="gives Claude's API what it takes",
            about="carried",
            rule="The refusal names the field. None where a text or a bool belongs is refused too: leave "
            "out what is not there.",
            look=_claude_takes,
        ),
        Criterion(
            name="leaves the tools that it was given as they are",
            about="carried",
            rule="The same list may go to the other provider next. Build new dicts, change none.",
            look=unchanged("tools"),
        ),
    ),
    hints=(
        "Everything you need stands inside `function`. Which of its four fields has another name at "
        "Claude, and which of them may be missing?",
        "Begin each definition with what is always there, then add a field only if there is something "
        "to add. A schema for no parameters is an object with no properties.",
        "`get` with a default answers for missing parameters. For the description and for strict an "
        "`if` each: the key is only set when the value is not None.",
    ),
    more="Claude's names may have up to 128 letters, digits, dashes and underscores (error texts of "
    "2026); OpenAI's end at 64. What goes one way may not come back.",
)

# --- to_openai ------------------------------------------------------------------------------------


def _to_openai_scenarios(draw: Draw) -> list[Scenario]:
    names = draw.tool_names(4)
    plain = [facts(draw, name) for name in names[:3]]
    strict = [facts(draw, name, strict=s) for name, s in zip(names, (True, False), strict=False)]
    silent = without(plain[0], "description")
    typed = [{"type": "custom"} | for_claude(fact) for fact in plain]
    own = [for_claude(f) | {"cache_control": {"type": "ephemeral"}} for f in plain]
    server = {"type": "web_search_20260318", "name": "web_search", "max_uses": draw.number(2, 9)}
    return [
        _scenario("three tools", "plain", [for_claude(f) for f in plain], plain),
        _scenario("`strict` is True, False", "strict", [for_claude(f) for f in strict], strict),
        _scenario("a tool without a description", "silent", [for_claude(silent)], [silent]),
        _scenario("tools with Claude's own `cache_control`", "own", own, plain),
        _scenario("tools that say `type: custom`", "plain", typed, plain),
        _scenario("a web search among the tools", "server", [typed[0], server], []),
    ]


TO_OPENAI = Exercise(
    name="to_openai",
    lesson="claude",
    title="Tools, from Claude to OpenAI",
    difficulty=2,
    importance=3,
    minutes=6,
    scenarios=_to_openai_scenarios,
    criteria=(
        Criterion(
            name="puts name and description into the envelope",
            about="carried",
            rule="OpenAI wants the type `function` outside, and all that describes the tool inside.",
            look=_openai_words,
        ),
        Criterion(
            name="carries each schema under its new name",
            about="plain",
            rule="The same JSON Schema, whole: Claude calls it `input_schema`, OpenAI `parameters`.",
            look=_openai_schema,
        ),
        Criterion(
            name="carries strict",
            about="strict",
            rule="`strict` belongs inside `function`, beside the parameters.",
            look=_openai_strict,
        ),
        Criterion(
            name="sends along only what OpenAI knows",
            about="carried",
            rule="Fields such as `cache_control` are Claude's own. Name what you take, not what you drop.",
            look=_openai_takes,
        ),
        Criterion(
            name="leaves the tools that it was given as they are",
            about="carried",
            rule="The same list may go to the other provider next. Build new dicts, change none.",
            look=unchanged("tools"),
        ),
        Criterion(
            name="raises ValueError for a tool that runs at Anthropic",
            about="server",
            rule="A web search has no schema and no function of yours. To drop it in silence would "
            "leave the model without it, and nobody would know why.",
            look=_raises_value_error,
            even_if_raised=True,
        ),
    ),
    hints=(
        "It is `to_claude` backwards, with one question to be asked first: is this a tool of your own?",
        "A tool of your own has no `type`, or the type `custom`. For everything else, say by its name "
        "what cannot be carried.",
        "Pick the fields one by one: name, parameters out of `input_schema`, and description and strict "
        "only where they are given. Then put that dict into the envelope.",
    ),
    more="a schema may be legal at one provider and refused at the other: Claude takes no `oneOf`, "
    "`allOf` or `anyOf` at its top (error texts of 2025 and 2026). Try what you carry.",
)

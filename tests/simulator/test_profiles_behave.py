"""What the profiles say of the models, met through the real SDKs; and the table made of them."""

from __future__ import annotations

import json
from typing import Any, get_args

import anthropic
import openai
import pytest
from anthropic import Anthropic
from openai import OpenAI
from openai.types.shared.chat_model import ChatModel

import fanout
from fanout.lessons import syllabus
from fanout.simulator import claude_models, profiles
from fanout.simulator.faults import KINDS
from fanout.simulator.server import Server

CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
WEATHER = {"name": "get_weather", "description": "Weather in a city.", "parameters": CITY}
TOOLS: Any = [{"type": "function", "function": WEATHER}]
QUESTION: Any = [{"role": "user", "content": "What's the weather in Oslo, Lima and Rome?"}]


def calls(client: OpenAI, model: str, **options: Any) -> list[Any]:
    """The tool calls of one reply."""
    reply = client.chat.completions.create(model=model, messages=QUESTION, tools=TOOLS, **options)
    return list(reply.choices[0].message.tool_calls or [])


def cities(asked: list[Any]) -> list[str]:
    return [json.loads(call.function.arguments)["city"] for call in asked]


# --- Habits ---------------------------------------------------------------------------------------


def test_one_call_a_turn(client: OpenAI) -> None:
    """`offline-serial` asks for one call, whatever the parameter says."""
    assert cities(calls(client, "offline-serial")) == ["Oslo"]
    assert cities(calls(client, "offline-serial", parallel_tool_calls=True)) == ["Oslo"]


def test_repeats_a_call(client: OpenAI) -> None:
    """`offline-doubles` repeats a call of the turn, under an id of its own."""
    asked = calls(client, "offline-doubles")
    assert sorted(cities(asked)) == ["Lima", "Oslo", "Oslo", "Rome"]
    assert len({call.id for call in asked}) == 4


def test_wraps_its_calls(client: OpenAI) -> None:
    """`offline-wraps` puts all calls of the turn into one of a tool that nobody offered."""
    [call] = calls(client, "offline-wraps")
    assert call.function.name == "multi_tool_use.parallel"
    uses = json.loads(call.function.arguments)["tool_uses"]
    assert [use["parameters"]["city"] for use in uses] == ["Oslo", "Lima", "Rome"]
    assert {use["recipient_name"] for use in uses} == {"functions.get_weather"}


@pytest.mark.parametrize("model", ["offline-doubles", "offline-wraps"])
def test_no_habit_with_the_switch_off(client: OpenAI, model: str) -> None:
    """With `parallel_tool_calls=False` there is one plain call, from these models too."""
    [call] = calls(client, model, parallel_tool_calls=False)
    assert call.function.name == "get_weather"


def test_the_wrapped_call_cannot_be_sent_back(client: OpenAI) -> None:
    """An assistant message with the wrapped call is refused: no tool's name has a dot."""
    model = "offline-wraps"
    reply = client.chat.completions.create(model=model, messages=QUESTION, tools=TOOLS)
    message: Any = reply.choices[0].message
    result = {"role": "tool", "tool_call_id": message.tool_calls[0].id, "content": "{}"}
    history: Any = [*QUESTION, message, result]
    with pytest.raises(openai.BadRequestError, match="does not match pattern"):
        client.chat.completions.create(model=model, messages=history, tools=TOOLS)


def test_the_repeated_call_still_wants_its_result(client: OpenAI) -> None:
    """The repeated call counts as any other: without a result for its id the request is refused."""
    model = "offline-doubles"
    reply = client.chat.completions.create(model=model, messages=QUESTION, tools=TOOLS)
    message: Any = reply.choices[0].message
    results = [
        {"role": "tool", "tool_call_id": call.id, "content": "{}"} for call in message.tool_calls
    ]
    history: Any = [*QUESTION, message, *results]
    with pytest.raises(openai.BadRequestError, match="did not have response messages"):
        client.chat.completions.create(model=model, messages=history[:-1], tools=TOOLS)
    client.chat.completions.create(model=model, messages=history, tools=TOOLS)


def test_own_models_are_nobody_elses() -> None:
    """No provider has a model of the simulator's names, and each of them names its source."""
    own = profiles.own_models()
    assert set(own) == {"offline-serial", "offline-doubles", "offline-wraps"}
    assert not set(own) & (set(profiles.profiles()) | set(get_args(ChatModel)))
    assert all(p.source and p.snapshot == p.name for p in own.values())


def test_habits_are_faults() -> None:
    """A habit is a kind of fault that changes what the model says."""
    everyone = [*profiles.profiles().values(), *profiles.own_models().values()]
    habits = {p.habit for p in everyone if p.habit}
    assert habits == {"duplicate_call", "parallel_wrapper"}
    assert all(KINDS[habit].change for habit in habits)


# --- Calls in parallel, and with which settings ---------------------------------------------------


def test_effort_that_ends_parallel_calls(client: OpenAI) -> None:
    """gpt-5-mini asks for several calls, and for one with `reasoning_effort` minimal."""
    assert len(calls(client, "gpt-5-mini")) == 3
    assert len(calls(client, "gpt-5-mini", reasoning_effort="minimal")) == 1


def test_never_parallel(client: OpenAI) -> None:
    """o3 asks for one call a turn."""
    assert cities(calls(client, "o3")) == ["Oslo"]


@pytest.mark.parametrize("switch", [True, False])
def test_parameter_refused(client: OpenAI, switch: bool) -> None:
    """o3 refuses `parallel_tool_calls`, true or false."""
    with pytest.raises(openai.BadRequestError) as error:
        calls(client, "o3", parallel_tool_calls=switch)
    assert error.value.code == "unsupported_parameter"
    assert error.value.param == "parallel_tool_calls"


def test_tools_without_reasoning_only(client: OpenAI) -> None:
    """gpt-5.6-luna takes tools in Chat Completions with `reasoning_effort` none, and then several."""
    with pytest.raises(openai.BadRequestError, match="set reasoning_effort to 'none'") as error:
        calls(client, "gpt-5.6-luna")
    assert error.value.param == "reasoning_effort"
    assert len(calls(client, "gpt-5.6-luna", reasoning_effort="none")) == 3


def test_responses_only(client: OpenAI) -> None:
    """gpt-5-pro is refused in Chat Completions, and asks for one call a turn in Responses."""
    with pytest.raises(openai.NotFoundError, match="only supported in v1/responses"):
        calls(client, "gpt-5-pro")
    tools: Any = [{"type": "function", **WEATHER}]
    reply = client.responses.create(model="gpt-5-pro", input=QUESTION, tools=tools)
    assert sum(item.type == "function_call" for item in reply.output) == 1


@pytest.mark.parametrize("choice", ["any", "tool"])
def test_forced_tools_refused(server: Server, choice: str) -> None:
    """claude-sonnet-5-5 refuses to be forced to a tool; claude-sonnet-5 can be forced."""
    client = Anthropic(base_url=server.url, api_key="sk-test", max_retries=0)
    forced: Any = {"type": choice} | ({"name": "get_weather"} if choice == "tool" else {})
    tools: Any = [{"name": "get_weather", "description": "Weather.", "input_schema": CITY}]

    def ask(model: str) -> Any:
        return client.messages.create(
            model=model, max_tokens=500, messages=QUESTION, tools=tools, tool_choice=forced
        )

    assert ask("claude-sonnet-5").stop_reason == "tool_use"
    with pytest.raises(anthropic.BadRequestError, match='"tool" and "any" are not supported'):
        ask("claude-sonnet-5-5")


# --- The table ------------------------------------------------------------------------------------


def test_table_has_every_living_model() -> None:
    """The table has every model that can be asked, and with `retired` the others too."""
    living = {p.name for p in profiles.profiles().values() if not p.retired}
    living |= {m.name for m in claude_models.models().values() if not m.retired}
    assert {m.name for m in fanout.models()} == living | set(profiles.own_models())
    gone = {m.name for m in fanout.models(retired=True)} - {m.name for m in fanout.models()}
    assert {"gpt-4.1-nano", "o4-mini", "claude-sonnet-4-0"} <= gone


def test_table_says_what_the_models_do(client: OpenAI) -> None:
    """Each row of a model in Chat agrees with what that model does there."""
    for row in fanout.models("OpenAI"):
        if "Chat" not in row.tools_in:
            with pytest.raises(openai.APIStatusError):
                calls(client, row.name)
            continue
        options: Any = {"reasoning_effort": "none"} if "none" in row.tools_in else {}
        assert (len(calls(client, row.name, **options)) > 1) == row.parallel.startswith("yes")
        if row.refuses:
            with pytest.raises(openai.BadRequestError, match=row.refuses):
                calls(client, row.name, parallel_tool_calls=False, **options)


def test_table_marks_what_no_source_shows() -> None:
    """What a profile only infers is marked as inferred in its row."""
    rows = fanout.models("Anthropic")
    assert rows["claude-haiku-5-5"].refuses == "tool_choice any and tool (inferred)"
    assert rows["claude-sonnet-5-5"].refuses == "tool_choice any and tool"


def test_table_is_dated_and_sourced() -> None:
    """Each row shows the day up to which its sources were read, and the page names the sources."""
    table = fanout.models()
    page = table._repr_html_()
    for row in table:
        assert row.read.isoformat() in str(table)
        assert row.source.split(";")[0].split("&")[0] in page
    assert page.count("<tr>") == len(table) + 1


def test_table_explains_its_short_names() -> None:
    """Each source begins with a short name that the legend explains, or is a sentence of its own."""
    for row in [*fanout.models("OpenAI", retired=True), *fanout.models("Anthropic", retired=True)]:
        first = row.source.split(";")[0].split(" ")[0].rstrip(":")
        assert first in profiles.sources()
    legend = fanout.models("OpenAI").legend
    assert {"sdk", "guide", "microsoft", "reports", "recorded"} == set(legend)
    assert "openai 3.52.0" in fanout.models("OpenAI")._repr_html_()


def test_table_asked_for_a_stranger() -> None:
    """A model or a provider that is not there is answered with those that are."""
    with pytest.raises(KeyError, match="offline-doubles"):
        fanout.models("offline")["gpt-9"]
    with pytest.raises(ValueError, match="OpenAI, Anthropic, offline"):
        fanout.models("Acme")


def test_names_of_the_lessons_can_be_asked() -> None:
    """Every model name of the syllabus is that of a living model."""
    living = {row.name for row in fanout.models()}
    assert set(syllabus.syllabus()["models"].values()) <= living

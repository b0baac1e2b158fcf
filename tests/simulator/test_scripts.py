"""Scripts: the model's turns given in advance, over HTTP with the real SDKs and from the face."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from anthropic import Anthropic
from openai import OpenAI

import fanout
from fanout.conversation import Conversation, ToolCall, ToolResult, Turn
from fanout.simulator.scripts import read_script, turns_of_the_model
from fanout.simulator.server import Server
from fanout.simulator.world import World

MODEL = "gpt-5.2"
ASKED: Any = [{"role": "user", "content": "Go."}]
CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
FUNCTION = {"name": "get_weather", "description": "Weather.", "parameters": CITY}
TOOLS: Any = [{"type": "function", "function": FUNCTION}]
TWO_CALLS = [("get_weather", {"city": "Lima"}), ("get_time", {"zone": "UTC"})]


def ask(client: OpenAI, messages: Any = ASKED, **options: Any) -> Any:
    given: Any = {"model": MODEL, "tools": TOOLS} | options
    return client.chat.completions.create(messages=messages, **given).choices[0]


def wanted(message: Any) -> list[tuple[str, str]]:
    return [(c.function.name, c.function.arguments) for c in message.tool_calls or []]


def answered(message: Any) -> list[Any]:
    results = [
        {"role": "tool", "tool_call_id": call.id, "content": "18"} for call in message.tool_calls
    ]
    return [message, *results]


def test_turns_come_in_order(client: OpenAI, world: World) -> None:
    """Calls, calls and a text: one turn each, however little the prompt asks for them."""
    world.scripts.set(read_script([TWO_CALLS, [["get_weather", {"city": "Oslo"}]], "Done."]))
    messages = list(ASKED)
    first = ask(client, messages).message
    assert [name for name, _ in wanted(first)] == ["get_weather", "get_time"]
    assert json.loads(wanted(first)[0][1]) == {"city": "Lima"}
    messages += answered(first)
    second = ask(client, messages).message
    assert json.loads(wanted(second)[0][1]) == {"city": "Oslo"}
    last = ask(client, [*messages, *answered(second)])
    assert (last.message.content, last.finish_reason) == ("Done.", "stop")


def test_the_same_request_gets_the_same_turn(client: OpenAI, world: World) -> None:
    """A request that is sent again does not use up a turn."""
    world.scripts.set(read_script(["One.", "Two."]))
    assert [ask(client).message.content for _ in range(3)] == ["One."] * 3


def test_a_second_question_goes_on(client: OpenAI, world: World) -> None:
    """Turns are counted over the whole conversation, not from its last question."""
    world.scripts.set(read_script(["One.", "Two."]))
    messages = [*ASKED, {"role": "assistant", "content": "One."}, {"role": "user", "content": "?"}]
    assert ask(client, messages).message.content == "Two."


def test_a_script_that_is_over_says_so(client: OpenAI, world: World) -> None:
    """After its last turn the model says that the script ends, and the loop ends with it."""
    world.scripts.set(read_script(["One."]))
    over = ask(client, [*ASKED, {"role": "assistant", "content": "One."}, *ASKED])
    assert "The script ends here: it has 1 turn" in over.message.content
    assert over.finish_reason == "stop"


def test_claude_and_responses_follow_it_too(server: Server, world: World, client: OpenAI) -> None:
    """What Claude says in a text and several blocks is one turn, and so are Responses' items."""
    world.scripts.set(read_script([{"text": "Let me see.", "calls": TWO_CALLS}, "Done."]))
    claude = Anthropic(base_url=server.url, api_key="sk-ant", max_retries=0)
    tools: Any = [{"name": "get_weather", "input_schema": CITY}]
    said: Any = list(ASKED)
    kinds = []
    for _ in range(2):
        reply = claude.messages.create(
            model="claude-sonnet-5", max_tokens=900, messages=said, tools=tools
        )
        kinds.append([block.type for block in reply.content])
        uses = [block.id for block in reply.content if block.type == "tool_use"]
        results = [{"type": "tool_result", "tool_use_id": id_, "content": "18"} for id_ in uses]
        said += [
            {"role": "assistant", "content": reply.content},
            {"role": "user", "content": results},
        ]
    assert kinds == [["text", "tool_use", "tool_use"], ["text"]]

    first = client.responses.create(model=MODEL, input="Go.")
    calls = [item.call_id for item in first.output if item.type == "function_call"]
    assert len(calls) == 2
    outputs: Any = [
        {"type": "function_call_output", "call_id": id_, "output": "18"} for id_ in calls
    ]
    second = client.responses.create(model=MODEL, previous_response_id=first.id, input=outputs)
    assert second.output_text == "Done."


def test_what_is_said_in_one_go_counts_once() -> None:
    """A text and calls that a request brings as two turns are one turn of the model."""
    turns = (
        Turn(role="user", text="Go."),
        Turn(role="assistant", text="Let me see."),
        Turn(role="assistant", calls=(ToolCall(id="c1", name="f", arguments="{}"),)),
        Turn(role="tool", results=(ToolResult(call_id="c1", content="18"),)),
    )
    assert turns_of_the_model(Conversation(model=MODEL, turns=turns)) == 1
    more = (*turns, Turn(role="assistant", text="18."), Turn(role="user", text="And?"))
    assert turns_of_the_model(Conversation(model=MODEL, turns=more)) == 2


def test_raw_arguments_and_finish(client: OpenAI, world: World) -> None:
    """Arguments given as text cross the wire as they are, and so does the reason to stop."""
    world.scripts.set(
        read_script([{"calls": [("get_weather", '{"city": "Li')], "finish": "length"}])
    )
    choice = ask(client)
    assert wanted(choice.message) == [("get_weather", '{"city": "Li')]
    assert choice.finish_reason == "length"


def test_the_parallel_switch_holds(client: OpenAI, world: World) -> None:
    """With parallel_tool_calls off a scripted turn has its first call alone."""
    world.scripts.set(read_script([TWO_CALLS]))
    assert len(wanted(ask(client, parallel_tool_calls=False).message)) == 1


def test_a_script_for_one_key(server: Server, world: World) -> None:
    """A script for one API key is followed for that one, before the one for everybody."""
    world.scripts.set(read_script(["For Ann."]), key="ann")
    world.scripts.set(read_script(["For all."]))
    said = {
        key: ask(OpenAI(base_url=f"{server.url}/v1", api_key=key)).message.content
        for key in ("ann", "ben")
    }
    assert said == {"ann": "For Ann.", "ben": "For all."}


@pytest.mark.parametrize(
    ("turns", "says"),
    [
        ("Hello", "A script is a list of turns, not 'Hello'"),
        ([], "needs at least one turn"),
        (["a", 3], "Turn 2 of the script is 3"),
        ([[]], r"Turn 1 of the script is \[\]"),
        ([{}], "Turn 1 of the script has neither a text nor calls"),
        ([{"txt": "a"}], "Turn 1 of the script has 'txt'"),
        ([{"text": 3}], "The text of turn 1 is 3"),
        ([{"text": "a", "finish": "done"}], "finishes with 'done'; it can be 'stop'"),
        ([{"calls": "get_weather"}], "The calls of turn 1 are 'get_weather', not a list"),
        ([[("get_weather",)]], "A call is \\(tool name, arguments\\)"),
        ([["ab"]], "has 'ab' for a call"),
    ],
)
def test_what_is_no_script(turns: Any, says: str) -> None:
    """A wrong script is refused before anything follows it, with the turn that is wrong."""
    with pytest.raises(ValueError, match=says):
        read_script(turns)


# --- The face -------------------------------------------------------------------------------------


@pytest.fixture
def started() -> Iterator[OpenAI]:
    fanout.start(pace=0)
    yield OpenAI(max_retries=0)
    fanout.stop()


def test_a_script_for_a_block(started: OpenAI) -> None:
    """In a `with` statement it ends with the block, and the one before comes back."""
    outer = fanout.script(["Outer."])
    with fanout.script([TWO_CALLS, "Inner."]) as inner:
        assert repr(inner) == "<script: 2 turns of the model>"
        assert len(wanted(ask(started).message)) == 2
    assert ask(started).message.content == "Outer."
    assert repr(outer) == "<script: 1 turn of the model>"
    fanout.script(None)
    assert "Outer" not in ask(started).message.content


def test_a_fault_from_the_face(started: OpenAI) -> None:
    """fault() is met once, the SDK recovers, and all three pictures name it."""
    client = OpenAI(max_retries=1)
    fanout.fault("rate_limit", retry_after=0.01)
    with fanout.record() as run:
        ask(client)
    assert [e.faults for e in run.exchanges] == [("rate_limit",), ()]
    timeline = fanout.timeline(run)
    assert "turn 1 · refused 429 · fault rate_limit" in [
        text.rpartition(" · ")[0] for text in bar_texts(timeline)
    ]
    assert "Turn 1 met the fault rate_limit, as asked for." in timeline.alt
    assert "refused with status 429 · fault rate_limit" in str(fanout.transcript(run))


def test_a_fault_that_refuses_nothing_is_named_too(started: OpenAI) -> None:
    """Where the model speaks on, but wrongly, the transcript says that this was asked for."""
    fanout.fault("unknown_tool", name="get_nothing")
    with fanout.record() as run, fanout.script([TWO_CALLS]):
        ask(started)
    assert "finish: tool_calls · fault unknown_tool" in str(fanout.transcript(run))


def bar_texts(timeline: Any) -> list[str]:
    from fanout.pictures.layout import text_of

    return [text_of(bar) for lane in timeline.spans.lanes for bar in lane.bars]


def test_lasting_faults_can_be_cleared(started: OpenAI) -> None:
    """times=None lasts until clear_faults()."""
    fanout.fault("server_error", times=None)
    for _ in range(3):
        with pytest.raises(Exception, match="500"):
            ask(started)
    fanout.clear_faults()
    assert ask(started).message


@pytest.mark.parametrize(
    ("kind", "options", "says"),
    [
        ("rate_limits", {}, "Did you mean 'rate_limit'"),
        ("rate_limit", {"wait": 1}, "it takes: retry_after"),
        ("rate_limit", {"retry_after": "soon"}, "retry_after='soon' does not suit .* seconds"),
        ("slow", {"seconds": float("nan")}, "seconds=nan"),
        ("cut_stream", {"after": -1}, "a whole number from 0 to"),
        ("slow", {"times": 0}, "times=0 does not suit .* from 1 to"),
        ("unknown_tool", {"name": 7}, "it takes a text"),
    ],
)
def test_wrong_faults(started: OpenAI, kind: str, options: Any, says: str) -> None:
    """A kind, an option or a value that there is not is refused with those there are."""
    with pytest.raises(ValueError, match=says):
        fanout.fault(kind, **options)


def test_the_kinds_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """fault() alone prints each kind with its options, started or not."""
    fanout.fault()
    assert "rate_limit(retry_after=1.0): answers 429 with retry-after\n" in capsys.readouterr().out


@pytest.mark.parametrize("call", [lambda: fanout.fault("slow"), lambda: fanout.script(["a"])])
def test_before_start(call: Any) -> None:
    """Without a far end both say what to do."""
    with pytest.raises(RuntimeError, match=r"call `fanout\.start\(\)` first"):
        call()

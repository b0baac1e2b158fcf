"""Conversations over several requests: a memory that is a plain dict, and the real SDK's objects."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import httpx2
import pytest
from openai import BadRequestError, NotFoundError, OpenAI
from openai.lib.responses_tool_runner import RegisteredFunction, ResponsesToolRunner
from openai.types.responses import FunctionToolParam

from fanout.conversation import Conversation, Reply, ToolCall
from fanout.dialects import responses
from fanout.dialects.errors import ApiError
from fanout.dialects.responses import Stored
from fanout.dialects.tokens import estimate
from fanout.simulator import profiles

ASK = (
    ToolCall(id="call_a", name="f", arguments='{"city":"Paris"}'),
    ToolCall(id="call_b", name="f", arguments='{"city":"Rome"}'),
)
THIRD = ToolCall(id="call_c", name="f", arguments='{"city":"Berlin"}')
TOOL: FunctionToolParam = {
    "type": "function",
    "name": "f",
    "strict": False,
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
}


class FarEnd:
    """The dialect behind a transport: scripted replies, a memory that is a dict, no server."""

    def __init__(self, *script: Reply) -> None:
        self.script = list(script)
        self.memory: dict[str, Stored] = {}
        self.said: list[Conversation] = []
        transport = httpx2.MockTransport(self.answer)
        self.client = OpenAI(
            api_key="k", base_url="http://far/v1", http_client=httpx2.Client(transport=transport)
        )

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        """One round trip, as a server would make it."""
        body = responses.parse(request.content)
        try:
            rules = profiles.find(responses.model_of(body))
            conversation = responses.read(body, rules, self.memory)
        except ApiError as error:
            return httpx2.Response(error.status, json=responses.write_error(error))
        self.said.append(conversation)
        reply = self.script[len(self.said) - 1]
        parts: dict[str, Any] = {
            "reply_id": responses.reply_id(f"{len(self.said)}"),
            "created": 1_800_000_000,
            "model": conversation.model,
            "usage": estimate(conversation, reply),
            "rules": rules,
            "request": body,
        }
        payload = responses.write(reply, **parts)
        responses.remember(self.memory, body, payload)
        if not conversation.stream:
            return httpx2.Response(200, content=json.dumps(payload))
        content = b"".join(chunk.encode() for chunk in responses.stream(reply, **parts))
        return httpx2.Response(200, content=content, headers={"content-type": "text/event-stream"})


def outputs(calls: Sequence[ToolCall]) -> list[Any]:
    """An output for each call."""
    return [
        {"type": "function_call_output", "call_id": call.id, "output": call.id} for call in calls
    ]


MODELS = pytest.mark.parametrize("model", ["gpt-5", "gpt-5.2", "gpt-5.6-sol", "gpt-4o"])
QUESTION: Any = {"role": "user", "content": "Weather in Paris and Rome?"}


def roles(conversation: Conversation) -> list[str]:
    """Who spoke, turn by turn."""
    return [turn.role for turn in conversation.turns]


WHOLE = ["user", "assistant", "tool", "tool"]


@MODELS
def test_by_id(model: str) -> None:
    """With previous_response_id only the outputs are sent, and everything before is known."""
    far = FarEnd(Reply(text="Look.", calls=ASK), Reply(text="Done."), Reply(text="You too."))
    first = far.client.responses.create(model=model, input=[QUESTION], instructions="Be brief.")
    second = far.client.responses.create(
        model=model, previous_response_id=first.id, input=outputs(ASK)
    )
    assert second.previous_response_id == first.id
    assert roles(far.said[0]) == ["system", "user"]
    assert roles(far.said[1]) == WHOLE  # instructions are not carried over
    assert far.said[1].turns[1].calls == ASK
    assert [turn.at for turn in far.said[1].turns] == [-1, -1, 0, 1]
    far.client.responses.create(model=model, previous_response_id=second.id, input="Thanks")
    assert roles(far.said[2]) == [*WHOLE, "assistant", "user"]


@MODELS
@pytest.mark.parametrize("store", [True, False])
def test_by_hand(model: str, store: bool) -> None:
    """The SDK's output objects, sent back with the outputs, are accepted, stored or not."""
    far = FarEnd(Reply(text="Look.", calls=ASK), Reply(text="Done."))
    first = far.client.responses.create(model=model, input=[QUESTION], store=store)
    again: Any = [QUESTION, *first.output, *outputs(ASK)]
    far.client.responses.create(model=model, input=again, store=store)
    assert roles(far.said[1]) == WHOLE
    assert bool(far.memory) is store


@MODELS
def test_by_dumped_dicts(model: str) -> None:
    """The same objects as dicts of the fields that were sent are accepted."""
    far = FarEnd(Reply(calls=ASK), Reply(text="Done."))
    first = far.client.responses.create(model=model, input=[QUESTION])
    items: Any = [item.to_dict() for item in first.output]
    far.client.responses.create(model=model, input=[QUESTION, *items, *outputs(ASK)])
    assert roles(far.said[1]) == WHOLE


def test_by_reference() -> None:
    """A reference stands for the stored item, at the reference's own index."""
    far = FarEnd(Reply(calls=ASK), Reply(text="Done."))
    first = far.client.responses.create(model="gpt-5", input=[QUESTION])
    refs: Any = [{"type": "item_reference", "id": item.id} for item in first.output]
    far.client.responses.create(model="gpt-5", input=[QUESTION, *refs, *outputs(ASK)])
    assert far.said[1].turns[1].calls == ASK
    assert far.said[1].turns[1].at == 1


def test_a_reference_goes_on() -> None:
    """What was said by reference is known in full to the request after it."""
    far = FarEnd(Reply(calls=ASK), Reply(text="Done."), Reply(text="Bye."))
    first = far.client.responses.create(model="gpt-4o", input=[QUESTION])
    refs: Any = [{"type": "item_reference", "id": item.id} for item in first.output]
    second = far.client.responses.create(model="gpt-4o", input=[QUESTION, *refs, *outputs(ASK)])
    far.client.responses.create(model="gpt-4o", previous_response_id=second.id, input="Bye")
    assert roles(far.said[2]) == [*WHOLE, "assistant", "user"]


def test_open_calls_cannot_be_left() -> None:
    """Going on from a response with open calls is refused, naming one of them."""
    far = FarEnd(Reply(calls=ASK))
    first = far.client.responses.create(model="gpt-5.2", input=[QUESTION])
    with pytest.raises(BadRequestError, match="No tool output found for function call call_a") as e:
        far.client.responses.create(
            model="gpt-5.2", previous_response_id=first.id, input="And Berlin?"
        )
    assert e.value.param == "input"
    with pytest.raises(BadRequestError, match="call_b"):
        far.client.responses.create(
            model="gpt-5.2", previous_response_id=first.id, input=outputs(ASK[:1])
        )


def test_a_refused_request_changes_nothing() -> None:
    """After a refusal the same response can be gone on from."""
    far = FarEnd(Reply(calls=ASK), Reply(text="Done."))
    first = far.client.responses.create(model="gpt-5.2", input=[QUESTION])
    with pytest.raises(BadRequestError):
        far.client.responses.create(model="gpt-5.2", previous_response_id=first.id, input="?")
    far.client.responses.create(model="gpt-5.2", previous_response_id=first.id, input=outputs(ASK))
    assert roles(far.said[1]) == WHOLE


def test_two_ways_on_from_one_response() -> None:
    """Two requests may go on from the same response, and neither sees the other."""
    far = FarEnd(Reply(text="Hello."), Reply(text="A."), Reply(text="B."))
    first = far.client.responses.create(model="gpt-5.2", input="Hi")
    for text in ("Left?", "Right?"):
        far.client.responses.create(model="gpt-5.2", previous_response_id=first.id, input=text)
    assert [said.turns[-1].text for said in far.said] == ["Hi", "Left?", "Right?"]
    assert [len(said.turns) for said in far.said] == [1, 3, 3]


def test_store_false_is_forgotten() -> None:
    """What is not stored can be gone on from by hand only."""
    far = FarEnd(Reply(text="Hello."))
    first = far.client.responses.create(model="gpt-5", input="Hi", store=False)
    assert far.memory == {}
    with pytest.raises(BadRequestError) as caught:
        far.client.responses.create(model="gpt-5", previous_response_id=first.id, input="And?")
    assert caught.value.code == "previous_response_not_found"
    reference: Any = {"type": "item_reference", "id": first.output[0].id}
    with pytest.raises(NotFoundError, match="Items are not persisted when `store`"):
        far.client.responses.create(model="gpt-5", input=[reference], store=False)


def test_call_sent_again() -> None:
    """A call sent again beside previous_response_id is a duplicate, and named by its item id."""
    far = FarEnd(Reply(calls=ASK))
    first = far.client.responses.create(model="gpt-5.2", input=[QUESTION])
    again: Any = [first.output[0], *outputs(ASK)]
    with pytest.raises(BadRequestError, match="Duplicate item found with id fc_"):
        far.client.responses.create(model="gpt-5.2", previous_response_id=first.id, input=again)


@pytest.mark.parametrize(("dropped", "said"), [(0, "required 'reasoning' item"), (1, "following")])
def test_reasoning_belongs_to_its_call(dropped: int, said: str) -> None:
    """Neither a stored call without its reasoning is accepted, nor reasoning without its call."""
    far = FarEnd(Reply(calls=ASK))
    first = far.client.responses.create(model="gpt-5", input=[QUESTION])
    items: Any = [item for i, item in enumerate(first.output) if i != dropped]
    kept = ASK if dropped == 0 else ASK[1:]
    with pytest.raises(BadRequestError, match=said):
        far.client.responses.create(model="gpt-5", input=[QUESTION, *items, *outputs(kept)])


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("store", [True, False])
@MODELS
def test_sdks_own_loop(model: str, store: bool, stream: bool) -> None:
    """The SDK's tool runner carries a fan-out through, stored or not, streamed or not."""
    far = FarEnd(Reply(text="Look.", calls=ASK), Reply(calls=(THIRD,)), Reply(text="All done."))
    asked: list[object] = []

    def look(arguments: dict[str, object]) -> str:
        asked.append(arguments["city"])
        return "18 degrees"

    runner = ResponsesToolRunner(functions=[RegisteredFunction(tool=TOOL, execute=look)])
    params: Any = {"model": model, "input": [QUESTION], "store": store}
    final = runner.run(far.client, params, stream=stream)
    assert final.output_text == "All done."
    assert sorted(map(str, asked)) == ["Berlin", "Paris", "Rome"]
    assert roles(far.said[-1]) == [*WHOLE, "assistant", "tool"]


def test_unstored_reasoning_twice_in_what_came_before() -> None:
    """What was accepted once is not held against the request that goes on from it."""
    thought = {"type": "reasoning", "id": "rs_x", "summary": [], "encrypted_content": "gAAAAAB"}
    memory: dict[str, Stored] = {}
    body = {"model": "gpt-5", "input": [thought, thought, QUESTION]}
    responses.read(body, profiles.find("gpt-5"), memory)
    responses.remember(memory, body, {"id": "resp_1", "output": []})
    after = {"model": "gpt-5", "input": "And?", "previous_response_id": "resp_1"}
    assert roles(responses.read(after, profiles.find("gpt-5"), memory)) == ["user", "user"]


def test_remembering_leaves_the_request_alone() -> None:
    """The memory holds what was said, and the request stays as it was sent."""
    memory: dict[str, Stored] = {}
    body = {"model": "gpt-5.2", "input": "Hi"}
    responses.remember(memory, body, {"id": "resp_1", "output": []})
    assert body == {"model": "gpt-5.2", "input": "Hi"}
    assert memory["resp_1"].items == ({"role": "user", "content": "Hi"},)

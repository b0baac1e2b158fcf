"""The pairing rules, over the neutral form alone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fanout.conversation import (
    Conversation,
    Tool,
    ToolCall,
    ToolChoice,
    ToolResult,
    Turn,
    Violation,
    violations,
)


def asks(*ids: str, at: int = 1) -> Turn:
    calls = tuple(ToolCall(id=i, name="f", arguments="{}") for i in ids)
    return Turn(role="assistant", calls=calls, at=at)


def answers(call_id: str, at: int) -> Turn:
    return Turn(role="tool", results=(ToolResult(call_id=call_id, content="x"),), at=at)


def says(at: int) -> Turn:
    return Turn(role="user", text="hello", at=at)


def found(*turns: Turn) -> list[Violation]:
    return list(violations(turns))


def test_complete_batch() -> None:
    """A batch whose every call is answered breaks no rule, in any order of the results."""
    assert found(says(0), asks("a", "b"), answers("b", 2), answers("a", 3), says(4)) == []


def test_list_ends_too_early() -> None:
    """A batch that the conversation ends is unanswered nowhere in particular."""
    expected = Violation(rule="unanswered", ids=("a",), at=None)
    assert found(asks("a", "b"), answers("b", 2)) == [expected]


def test_message_in_between() -> None:
    """A message inside a batch closes it: the open call is missed there, its result is stray."""
    assert found(asks("a", "b"), answers("a", 2), says(3), answers("b", 4)) == [
        Violation(rule="unanswered", ids=("b",), at=3),
        Violation(rule="stray", ids=("b",), at=4),
    ]


def test_second_batch_closes_the_first() -> None:
    """An assistant turn that asks again closes the batch before it."""
    assert found(asks("a"), asks("b", at=2), answers("b", 3)) == [
        Violation(rule="unanswered", ids=("a",), at=2)
    ]


def test_unknown_and_duplicate() -> None:
    """A strange id is unknown, a second result for an id is a duplicate of the first."""
    assert found(asks("a"), answers("z", 2), answers("a", 3), answers("a", 4)) == [
        Violation(rule="unknown", ids=("z",), at=2),
        Violation(rule="duplicate", ids=("a",), at=4, first=3),
    ]


@given(st.permutations(["a", "b", "c", "d"]), st.data())
def test_any_order_is_complete_and_any_loss_is_not(order: list[str], data: st.DataObject) -> None:
    """Results in any order pair; take any one away, and just its id is missed."""
    turns = [asks("a", "b", "c", "d"), *(answers(i, at) for at, i in enumerate(order, 2))]
    assert found(*turns) == []
    lost = data.draw(st.sampled_from(order))
    rest = [turns[0], *(t for t in turns[1:] if t.results[0].call_id != lost)]
    assert [v.ids for v in violations(rest)] == [(lost,)]


def test_offered_follows_the_choice() -> None:
    """A choice of `none` offers nothing, and a list of names just those tools."""
    tools = (Tool(name="f"), Tool(name="g"))

    def offered(choice: ToolChoice) -> list[str]:
        talk = Conversation(model="m", turns=(), tools=tools, choice=choice)
        return [tool.name for tool in talk.offered()]

    assert offered(ToolChoice()) == ["f", "g"]
    assert offered(ToolChoice(mode="none")) == []
    assert offered(ToolChoice(mode="required", names=("g",))) == ["g"]

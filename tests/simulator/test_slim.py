"""The small form of an exchange that a room keeps."""

from __future__ import annotations

from fanout.conversation import Conversation, Reply, ToolCall, ToolResult, Turn
from fanout.recording import Exchange, Recorder
from fanout.simulator.room.slim import LONGEST, Heard, slim

KEY = "sk-secret-7"


def exchange(word: str) -> Exchange:
    """A round trip with a word in every place where a text can stand."""
    call = ToolCall(id="c1", name=f"a{word}", arguments=f'{{"b": "{word}"}}')
    made = Recorder().begin("model", "/v1/chat/completions", {"model": f"c{word}"})
    made.conversation = Conversation(
        model=f"d{word}",
        turns=(
            Turn(role="user", text=f"e{word}"),
            Turn(role="assistant", calls=(call,)),
            Turn(role="tool", results=(ToolResult(call_id="c1", content=f"f{word}"),)),
        ),
    )
    made.reply = Reply(text=f"g{word}", calls=(call,))
    made.finish(status=200, response={"choices": []})
    return made


def test_a_key_is_taken_out_of_every_text() -> None:
    """Wherever a client wrote its key, or the model repeats it, the small form does not have it."""
    small = slim(exchange(KEY), lambda text: text.replace(KEY, "[key]"))
    assert KEY not in repr(small)
    assert repr(small).count("[key]") == 9


def test_every_text_is_cut() -> None:
    """Nothing that somebody sends is kept at any length."""
    small = slim(exchange("x" * 50_000), lambda text: text)
    assert len(repr(small)) < 12 * LONGEST


def test_what_needs_no_change_is_not_copied() -> None:
    """Most turns are short and hold no key: those are the same objects in the small form."""
    whole = exchange("")
    small = slim(whole, lambda text: text.replace(KEY, "[key]"))
    pairs = zip(small.conversation.turns, whole.conversation.turns, strict=True)
    assert all(kept is turn for kept, turn in pairs)
    assert small.reply is whole.reply


def test_what_is_said_again_is_cut_once() -> None:
    """A repeated conversation has the same small form, for as long as the whole one is kept."""
    before, first, second = Heard(), exchange(KEY), exchange(KEY)

    def small(one: Exchange) -> Conversation | None:
        return slim(one, lambda text: text.replace(KEY, "[key]"), before).conversation

    once = small(first)
    assert KEY not in repr(once)
    assert small(first) is once
    assert small(second) is not once
    first.conversation = second.conversation = None
    assert not before._kept

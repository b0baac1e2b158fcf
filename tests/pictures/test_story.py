from __future__ import annotations

from typing import Any

from fanout.conversation import ToolCall
from fanout.pictures.story import Answer, heading, labels, refusal, remark, shorten, story
from fanout.recording import Run
from tests.pictures import runs


def test_each_message_is_told_once() -> None:
    """A request repeats the conversation; the transcript tells what it adds."""
    ((first, second),) = story(runs.sequential()).conversations
    assert [message.text for message in first.said] == [runs.ASK.text]
    assert second.said == ()
    assert second.text == runs.SAID


def test_a_result_stands_with_its_call() -> None:
    """Results are paired by id, though the request sent them in another order."""
    film = runs.Film()
    film.model(0, 0.5, (runs.ASK,), *runs.CALLS)
    mixed = [runs.result(c.id, c.arguments) for c in reversed(runs.CALLS)]
    film.model(1, 1.5, (runs.ASK, runs.asks(*runs.CALLS), *mixed), text="Done.")
    scene = story(film.run).conversations[0][0]
    assert [call.answers for call in scene.calls] == [
        (Answer(text=c.arguments),) for c in runs.CALLS
    ]


def test_conversations_stand_apart() -> None:
    """Two conversations in one run are two lists, with the numbers of the timeline."""
    film = runs.Film()
    film.model(0.0, 0.5, (runs.user("One?"),), text="1")
    film.model(0.1, 0.6, (runs.user("Two?"),), text="2")
    film.model(1, 2, (runs.user("One?"), runs.asks(text="1"), runs.user("More?")), text="3")
    told = story(film.run).conversations
    assert [[scene.number for scene in scenes] for scenes in told] == [[1, 3], [2]]
    assert [m.text for m in told[0][1].said] == ["More?"]


def test_what_does_not_pair_stands_out_in_words() -> None:
    """Unanswered, doubled and open calls each have a sign and a word of their own."""
    doubled = story(runs.odd()).conversations[0][0].calls[1]
    left_out = story(runs.one_unanswered()).conversations[0][0].calls[2]
    film = runs.Film()
    film.model(0, 1, (runs.ASK,), *runs.CALLS)
    open_call = story(film.run).conversations[0][0].calls[0]
    assert [remark(c) for c in (doubled, left_out, open_call)] == [
        "✕ answered twice",
        "✕ not answered",
        "○ not answered yet",
    ]


def test_a_result_for_nobody_is_shown_with_its_id() -> None:
    """A result with an unknown id is a message of its own."""
    message = story(runs.odd()).conversations[0][1].said[-1]
    assert (message.role, message.stray) == ("tool", "call_zzzzzzzzzzzz")


def test_a_history_written_by_hand_is_told_with_its_results() -> None:
    """Calls that a request replays stand with the results that it brings for them."""
    film = runs.Film()
    film.model(0, 1, runs.answered(*runs.CALLS[:2]), refused=runs.REFUSAL)
    (scene,) = story(film.run).conversations[0]
    replayed = scene.said[1].calls
    assert [(len(c.answers), c.trouble) for c in replayed] == [
        (1, ""),
        (1, ""),
        (0, "not answered"),
    ]


def test_a_refusal_is_told_in_the_words_of_the_api() -> None:
    """The provider's message is taken from its body, else what the record noted."""
    film = runs.Film()
    exchange = film.model(0, 1, None, refused="Noted.")
    assert refusal(exchange) == "Noted."
    exchange.response = {"type": "error", "error": {"type": "x", "message": "Theirs."}}
    assert refusal(exchange) == "Theirs."
    exchange.response, exchange.error = "<html>", None
    assert refusal(exchange) == "(no text)"


def test_a_heading_says_how_a_turn_ended() -> None:
    """Number, calls, finish and tokens; or the status of a refusal; or that it is not over."""
    scenes = story(runs.odd()).conversations[0]
    assert [heading(scene) for scene in scenes] == [
        "model, turn 1 · 3 tool calls · finish: tool_calls · 100 tokens",
        "model, turn 2 · ✕ refused with status 400",
        "model, turn 3 · ✕ refused with status 400",
        "model, turn 4 · ▷ still in flight",
    ]


def test_the_finish_is_the_word_that_crossed_the_wire() -> None:
    """Each provider's own word is shown where its body can be read."""
    film = runs.Film()
    exchange = film.model(0, 1, (runs.ASK,), *runs.CALLS)
    bodies: list[dict[str, Any]] = [{"stop_reason": "tool_use"}, {"status": "completed"}]
    bodies += [{"choices": [{"finish_reason": "length"}]}, {"choices": []}]
    words = []
    for body in bodies:
        exchange.response = body
        words.append(story(film.run).conversations[0][0].stop)
    assert words == ["tool_use", "completed", "length", "tool_calls"]


def test_labels_are_short_and_tell_ids_apart() -> None:
    """An id is cut as far as it stays different from all others; the same id has one label."""
    assert labels(["call_8fK2aaaaaa", "call_8fK2aaaaaa"]) == {"call_8fK2aaaaaa": "call_8fK2…"}
    near = labels(["call_8fK2aaaaaa", "call_8fK2abbbbb"])
    assert list(near.values()) == ["call_8fK2aa…", "call_8fK2ab…"]
    assert labels(["a", "call_1"]) == {"a": "a", "call_1": "call_1"}
    alike = ["x" * 60 + end for end in "ab"]
    assert list(labels(alike).values()) == alike


def test_long_texts_say_how_long_they_are() -> None:
    """What is cut off is counted."""
    assert shorten("x" * 900) == "x" * 400 + "… (900 characters)"
    assert shorten("x" * 400) == "x" * 400


def test_an_empty_run_has_no_conversation() -> None:
    """Nothing crossed: nothing was said."""
    assert story(Run()).conversations == ()


def test_arguments_that_are_no_json_are_shown_as_they_came() -> None:
    """A broken argument text is what the lesson is about; it is not repaired."""
    film = runs.Film()
    film.model(0, 1, (runs.ASK,), ToolCall(id="a", name="f", arguments='{"city": "Tok'))
    assert story(film.run).conversations[0][0].calls[0].arguments == '{"city": "Tok'


def test_a_client_that_left_is_told_with_what_it_had_heard() -> None:
    """A turn that was left has no finish and no refusal; what had been sent is told."""
    film = runs.Film()
    film.model(0, 1, (runs.user("Weather?"),), text="It r", stream=True).left = True
    film.model(1, 2, (runs.user("Again?"),), status=499).left = True
    (first,), (second,) = story(film.run).conversations
    assert heading(first) == "model, turn 1 · ◁ the client left in mid-stream · 100 tokens"
    assert first.text == "It r"
    assert "◁ the client left before it was answered" in heading(second)
    assert (second.status, second.text, second.refusal) == (None, "", "")

from __future__ import annotations

import json

from fanout.conversation import ToolCall, ToolResult, Turn
from fanout.trace import canonical, new_results, scalars, trace
from tests.pictures.runs import ASK, CALLS, Film, answered, asks, call, result, user

TOKYO, PARIS, LIMA = CALLS


def asked_once() -> Film:
    """A conversation in which the model has just asked for the three calls."""
    film = Film()
    film.model(0, 0.6, (ASK,), *CALLS)
    return film


def test_results_are_paired_by_id_not_by_position() -> None:
    """A result belongs to the call with its id, however the request orders them."""
    film = asked_once()
    mixed = [result(c.id, c.arguments) for c in (LIMA, TOKYO, PARIS)]
    film.model(1, 2, (ASK, asks(*CALLS), *mixed), text="Done.")
    got = [c.result.content for c in trace(film.run).calls if c.result]
    assert got == [c.arguments for c in CALLS]


def test_the_title_reads_like_a_call() -> None:
    """A call is titled by its name and plain values; arguments that are not JSON stand as they are."""
    film = Film()
    odd = ToolCall(id="b", name="buy", arguments='{"symbol": "AC')
    nested = ToolCall(id="c", name="f", arguments='{"a": [1, {"b": "x"}], "c": null}')
    film.model(0, 1, (ASK,), TOKYO, odd, nested)
    titles = [c.title for c in trace(film.run).calls]
    assert titles == ["get_weather(Tokyo)", 'buy({"symbol": "AC)', "f(1, x)"]


def test_the_same_prompt_twice_gives_calls_with_the_same_ids() -> None:
    """Two equal conversations in one run keep their calls and results apart."""
    film = asked_once()
    film.model(1, 1.5, answered(*CALLS), text="Done.")
    film.model(2, 2.6, (ASK,), *CALLS)
    film.model(3, 3.5, answered(TOKYO), refused="Two are missing.")
    found = trace(film.run)
    assert [len(c.answers) for c in found.calls] == [1, 1, 1, 1, 0, 0]
    assert [len(group) for group in found.conversations()] == [2, 2]


def test_conversations_that_interleave_are_told_apart() -> None:
    """A request continues the exchange whose turns it repeats, not the latest one."""
    film = Film()
    here, there = user("Here?"), user("There?")
    film.model(0.0, 0.5, (here,), TOKYO)
    film.model(0.1, 0.6, (there,), PARIS)
    film.model(0.7, 0.9, (here, asks(TOKYO), result(TOKYO.id)), text="A")
    film.model(0.8, 1.0, (there, asks(PARIS), result(PARIS.id)), text="B")
    numbers = [[e.number for e in group] for group in trace(film.run).conversations()]
    assert numbers == [[1, 3], [2, 4]]


def test_a_request_cannot_continue_what_had_not_ended() -> None:
    """The same prompt sent while the first is still being refused is a conversation of its own."""
    film = Film()
    film.model(0.0, 0.5, (ASK,), refused="Slow down.", status=429)
    film.model(0.1, 0.6, (ASK,), *CALLS)
    assert len(trace(film.run).conversations()) == 2


def test_a_repeated_request_does_not_double_its_results() -> None:
    """After a refusal the same results may be sent again; they count once."""
    film = asked_once()
    film.model(1, 1.1, answered(*CALLS), refused="Slow down.", status=429)
    film.model(2, 2.1, answered(*CALLS), text="Done.")
    found = trace(film.run)
    assert [len(c.answers) for c in found.calls] == [1, 1, 1]
    assert found.calls[0].answers[0][0].number == 2
    assert found.added(film.run.exchanges[2]) == []


def test_a_mended_request_adds_what_was_missing() -> None:
    """A request refused for a missing result is continued by the one that brings it."""
    film = asked_once()
    film.model(1, 1.1, answered(TOKYO), refused="Two are missing.")
    film.model(2, 2.1, answered(*CALLS), text="Done.")
    found = trace(film.run)
    assert [c.answers[0][0].number for c in found.calls] == [2, 3, 3]
    assert len(found.conversations()) == 1


def test_an_experiment_sent_again_with_other_results_is_no_double() -> None:
    """Another try from the same point of a conversation does not answer a call a second time."""
    film = asked_once()
    film.model(1, 1.1, answered(*CALLS), text="Done.")
    others = [result(c.id, "other") for c in CALLS]
    film.model(2, 2.1, (ASK, asks(*CALLS), *others), text="Done.")
    assert [len(c.answers) for c in trace(film.run).calls] == [1, 1, 1]


def test_two_results_for_one_call_are_both_kept() -> None:
    """A doubled result shows as two answers, in one request or in a later one."""
    film = asked_once()
    once = answered(*CALLS)
    film.model(1, 1.1, (*once, result(TOKYO.id, "again")), refused="Duplicate.")
    assert [len(c.answers) for c in trace(film.run).calls] == [2, 1, 1]
    film = asked_once()
    film.model(1, 1.1, once, text="Done.")
    film.model(2, 2.1, (*once, asks(text="Done."), result(PARIS.id)), refused="Stray.")
    assert [len(c.answers) for c in trace(film.run).calls] == [1, 2, 1]


def test_an_unknown_result_is_named_once() -> None:
    """A result for an id that nobody asked for is unknown, and is not reported on each repetition."""
    film = asked_once()
    stray = (*answered(*CALLS), result("call_nobody"))
    film.model(1, 1.1, stray, refused="Unknown.")
    film.model(2, 2.1, stray, refused="Unknown.")
    (unknown,) = trace(film.run).unknown
    assert (unknown.result.call_id, unknown.replayed) == ("call_nobody", False)


def test_a_result_for_a_call_from_before_the_run_is_replayed() -> None:
    """A history written by hand brings call and result: unknown to the run, known to the request."""
    film = Film()
    film.model(0, 1, answered(TOKYO), text="Done.")
    (unknown,) = trace(film.run).unknown
    assert unknown.replayed


def test_a_trimmed_history_still_continues_its_conversation() -> None:
    """A request that lost its first message is linked by the ids that it mentions."""
    film = asked_once()
    results = tuple(result(c.id) for c in CALLS)
    film.model(1, 1.1, (asks(*CALLS), *results), text="Done.")
    found = trace(film.run)
    assert [len(c.answers) for c in found.calls] == [1, 1, 1]
    assert [turn.role for turn in found.added(film.run.exchanges[1])] == ["tool"] * 3


def test_a_request_that_cannot_be_read_stays_in_its_conversation() -> None:
    """Where nothing can be compared, what was going on is taken to go on."""
    film = asked_once()
    film.model(1, 1.1, None, refused="No JSON.")
    film.model(2, 2.1, answered(*CALLS), text="Done.")
    assert len(trace(film.run).conversations()) == 1
    film = Film()
    film.model(0, 0.1, None, refused="No JSON.")
    film.model(1, 1.1, (ASK,), text="Hello.")
    assert len(trace(film.run).conversations()) == 1


def test_a_reply_in_the_making_holds_no_calls_yet() -> None:
    """Calls count from the moment their reply went out."""
    film = Film()
    film.model(0, None, (ASK,), *CALLS)
    assert trace(film.run).calls == []


def test_parallel_results_of_responses_may_stand_between_the_calls() -> None:
    """Calls of one reply may be handed back call by call, each with its result."""
    film = asked_once()
    pairs: list[Turn] = [turn for c in CALLS for turn in (asks(c), result(c.id))]
    film.model(1, 2, (ASK, *pairs), text="Done.")
    assert [len(c.answers) for c in trace(film.run).calls] == [1, 1, 1]


# --- Service work --------------------------------------------------------------------------------


def test_work_goes_to_the_call_with_its_values() -> None:
    """A service exchange belongs to the call whose arguments it was asked with."""
    film = asked_once()
    film.service(0.7, 0.9, city="Lima")
    film.service(0.7, 0.9, city="tokyo")
    assert [len(c.work) for c in trace(film.run).calls] == [1, 0, 1]


def test_work_of_nobody_is_left_over() -> None:
    """A service asked for something else, or before the call or after its answer, is unclaimed."""
    film = Film()
    film.service(0.0, 0.1, city="Tokyo")
    film.model(0.2, 0.6, (ASK,), *CALLS)
    film.service(0.7, 0.8, city="Cuzco")
    film.model(1, 1.1, answered(*CALLS), text="Done.")
    film.service(1.2, 1.3, city="Tokyo")
    found = trace(film.run)
    assert [e.number for e in found.unclaimed] == [1, 3, 5]
    assert not any(c.work for c in found.calls)


def test_equal_calls_share_the_work_between_them() -> None:
    """Two calls with the same arguments get one exchange each."""
    film = Film()
    film.model(0, 0.6, (ASK,), call("a", "Tokyo"), call("b", "Tokyo"))
    film.service(0.7, 0.9, city="Tokyo")
    film.service(0.7, 0.9, city="Tokyo")
    assert [len(c.work) for c in trace(film.run).calls] == [1, 1]


def test_the_name_of_the_service_decides_between_equal_values() -> None:
    """`weather` works for `get_weather`, not for `get_time` of the same city."""
    film = Film()
    film.model(0, 0.6, (ASK,), call("a", "Tokyo", "get_time"), call("b", "Tokyo"))
    film.service(0.7, 0.9, city="Tokyo")
    film.service(0.95, 0.99, city="Tokyo")
    assert [len(c.work) for c in trace(film.run).calls] == [0, 2]


def test_work_that_builds_on_earlier_work_stays_with_its_call() -> None:
    """A tool that asks a second service with what the first one said is still one call."""
    film = Film()
    film.model(0, 0.6, (ASK,), ToolCall(id="a", name="orders", arguments='{"mail": "x@y"}'))
    film.service(0.7, 0.8, path="customers", mail="x@y").response = {"customer": "C-17"}
    film.service(0.8, 0.9, path="orders", customer="C-17")
    found = trace(film.run)
    assert [len(c.work) for c in found.calls] == [2]


def test_a_tool_that_shortens_a_value_is_recognised() -> None:
    """`Paris` is asked for `Paris, France`."""
    film = Film()
    film.model(0, 0.6, (ASK,), call("a", "Lyon, France"), call("b", "Paris, France"))
    film.service(0.7, 0.8, city="Paris")
    assert [len(c.work) for c in trace(film.run).calls] == [0, 1]


def test_a_scenario_names_its_tool() -> None:
    """Where the request says which tool and which call, only that counts."""
    film = asked_once()
    work = film.service(0.7, 0.8, tool="get_weather", call=canonical(PARIS.arguments))
    other = film.service(0.7, 0.8, tool="get_time", call=canonical(PARIS.arguments))
    found = trace(film.run)
    assert [c.work for c in found.calls] == [[], [work], []]
    assert found.unclaimed == [other]


def test_a_streamed_call_may_work_before_its_turn_ends() -> None:
    """A tool started while the reply still streams is that call's work; unstreamed it is not."""
    for stream in (True, False):
        film = Film()
        film.model(0, 0.6, (ASK,), TOKYO, stream=stream)
        film.service(0.3, 0.5, city="Tokyo")
        assert bool(trace(film.run).calls[0].work) is stream


# --- Small readers -------------------------------------------------------------------------------


def test_new_results_are_those_after_the_last_calls() -> None:
    """Earlier results, which every request repeats, are left out."""
    film = Film()
    turns = (ASK, asks(TOKYO), result(TOKYO.id), asks(PARIS), result(PARIS.id, "x"))
    exchange = film.model(0, 1, turns, text="Done.")
    assert new_results(exchange) == [ToolResult(call_id=PARIS.id, content="x")]


def test_canonical_is_one_spelling() -> None:
    """Order and blanks of the JSON text do not matter; text that is no JSON is left alone."""
    assert canonical('{"b":1,"a":"é"}') == canonical({"a": "é", "b": 1})
    assert canonical("") == "{}"
    assert canonical('{"a": ') == '{"a": '


def test_scalars_are_the_plain_values_in_order() -> None:
    """Names of parameters, null and empty strings are left out; false and 0 are values."""
    assert scalars(json.dumps({"a": [1, "x"], "b": {"c": False}, "d": None, "e": ""})) == [
        1,
        "x",
        False,
    ]

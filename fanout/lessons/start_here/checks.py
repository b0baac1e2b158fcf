"""Lesson 00: the first reply."""

from __future__ import annotations

from fanout.checks.draw import Draw
from fanout.checks.exercise import Attempt, Criterion, Exercise, NotYet
from fanout.checks.material import last_text, script, sends_given, some_model
from fanout.checks.scenario import Scenario, client, value
from fanout.conversation import Conversation, Reply


def _scenarios(draw: Draw) -> list[Scenario]:
    return [_scenario(draw, city) for city in draw.cities(2)]


def _scenario(draw: Draw, city: str) -> Scenario:
    question, word = f"Which word belongs to {city}?", draw.text(8)

    def answer(conversation: Conversation) -> Reply:
        heard = last_text(conversation) == question
        return Reply(text=f"The word is {word}." if heard else "I was asked something else.")

    return Scenario(
        title=f"the question is {question!r}",
        arguments={
            "client": client(),
            "model": value(some_model(draw)),
            "question": value(question),
        },
        facts={"question": question, "answer": f"The word is {word}."},
        mind=script(answer),
    )


def _asks_once(attempt: Attempt) -> NotYet | None:
    count = attempt.run.round_trips
    return None if count == 1 else NotYet(yours=f"{count} requests", expected="1 request")


def _sends_question(attempt: Attempt) -> NotYet | None:
    read = [e.conversation for e in attempt.run.model_exchanges if e.conversation]
    sent = [turn.text for c in read for turn in c.turns if turn.role == "user"]
    question = attempt.facts["question"]
    return None if question in sent else NotYet(yours=sent, expected=[question])


def _returns_text(attempt: Attempt) -> NotYet | None:
    answer = attempt.facts["answer"]
    return None if attempt.returned == answer else NotYet(yours=attempt.returned, expected=answer)


EXERCISES = (
    Exercise(
        name="first_reply",
        lesson="start_here",
        title="Ask, and return the answer",
        difficulty=1,
        importance=3,
        minutes=3,
        scenarios=_scenarios,
        criteria=(
            Criterion(
                name="asks the model once",
                rule="One question, one round trip, through the `client` that is given: each request costs "
                "time and money.",
                look=_asks_once,
            ),
            Criterion(
                name="asks the model it was given",
                rule="The name of the model is an argument, `model`: write no name of your own.",
                look=sends_given("model"),
            ),
            Criterion(
                name="sends the question it was given",
                rule="The question goes into `messages`, as the content of a message with role `user`.",
                look=_sends_question,
            ),
            Criterion(
                name="returns the text of the answer",
                rule="The text is the `content` of the message in the first choice of the reply.",
                look=_returns_text,
            ),
        ),
        hints=(
            "The lesson's cell `reply = ...` does all of this for a fixed question. What in it has to "
            "become a parameter?",
            "Everything arrives as an argument: the client to ask with, the name of the model, the "
            "question. The reply has a list of choices, and you want the first.",
            "Put the question into a list with one message dict, pass it on with the model's name, and "
            "return the content of the first choice's message.",
        ),
        more="every check sends your function to a far end of its own, with questions drawn anew each "
        "time. That is why a fixed answer does not pass, and why you may check as often as you like.",
    ),
)

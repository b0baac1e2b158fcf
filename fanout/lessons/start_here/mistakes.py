"""Plausible wrong solutions of lesson 00, each rejected by the criterion that names it."""

from __future__ import annotations

from typing import Any

from openai import OpenAI

from fanout.checks.exercise import Mistake
from fanout.lessons.syllabus import model as name_of


def _messages(question: str) -> list[Any]:
    return [{"role": "user", "content": question}]


def returns_the_message(client: OpenAI, model: str, question: str) -> Any:
    """Stops one step before the text."""
    reply = client.chat.completions.create(model=model, messages=_messages(question))
    return reply.choices[0].message


def asks_its_own_question(client: OpenAI, model: str, question: str) -> Any:
    """Copies the lesson's cell, question included."""
    reply = client.chat.completions.create(model=model, messages=_messages("Are you there?"))
    return reply.choices[0].message.content


def asks_the_lesson_s_model(client: OpenAI, model: str, question: str) -> Any:
    """Copies the lesson's cell, the name of the model included."""
    reply = client.chat.completions.create(model=name_of("chat"), messages=_messages(question))
    return reply.choices[0].message.content


def asks_twice(client: OpenAI, model: str, question: str) -> Any:
    """Asks again to get at the text."""
    client.chat.completions.create(model=model, messages=_messages(question))
    reply = client.chat.completions.create(model=model, messages=_messages(question))
    return reply.choices[0].message.content


def forgets_to_return(client: OpenAI, model: str, question: str) -> Any:
    """Prints where it should return."""
    reply = client.chat.completions.create(model=model, messages=_messages(question))
    print(reply.choices[0].message.content)


MISTAKES = (
    Mistake(
        exercise="first_reply",
        name="returns the message instead of its text",
        fails="returns the text of the answer",
        function=returns_the_message,
    ),
    Mistake(
        exercise="first_reply",
        name="prints instead of returning",
        fails="returns the text of the answer",
        function=forgets_to_return,
    ),
    Mistake(
        exercise="first_reply",
        name="ignores the question it was given",
        fails="sends the question it was given",
        function=asks_its_own_question,
    ),
    Mistake(
        exercise="first_reply",
        name="asks the lesson's model",
        fails="asks the model it was given",
        function=asks_the_lesson_s_model,
    ),
    Mistake(
        exercise="first_reply",
        name="asks twice",
        fails="asks the model once",
        function=asks_twice,
    ),
)

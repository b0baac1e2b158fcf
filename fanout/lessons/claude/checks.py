"""Lesson 05: a turn of Claude, the tools of two providers, and the loop."""

from __future__ import annotations

from fanout.checks.exercise import Exercise
from fanout.lessons.claude.answering import ANSWER_TURN
from fanout.lessons.claude.carrying import TO_CLAUDE, TO_OPENAI
from fanout.lessons.claude.looping import CONVERSE_CLAUDE

EXERCISES: tuple[Exercise, ...] = (ANSWER_TURN, TO_CLAUDE, TO_OPENAI, CONVERSE_CLAUDE)

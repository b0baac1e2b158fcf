"""Lesson 07: one call that fails, a turn under faults, and asking again without booking again."""

from __future__ import annotations

from fanout.lessons.failures.booking import BOOK_ONCE
from fanout.lessons.failures.carefully import RUN_CAREFULLY
from fanout.lessons.failures.safely import ANSWER_SAFELY

EXERCISES = (ANSWER_SAFELY, RUN_CAREFULLY, BOOK_ONCE)

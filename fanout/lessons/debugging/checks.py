"""Lesson 08: find a fault, repair a history, mend a loop, and write the test for a bug."""

from __future__ import annotations

from fanout.lessons.debugging.finding import FIND_FAULT
from fanout.lessons.debugging.mending import MENDED
from fanout.lessons.debugging.repairing import REPAIR
from fanout.lessons.debugging.testing import TEST_TRIM

EXERCISES = (FIND_FAULT, REPAIR, MENDED, TEST_TRIM)

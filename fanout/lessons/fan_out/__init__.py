"""Lesson 03: running the tool calls of a turn together."""

"""Lesson 05: the same with Claude."""

"""Lesson 00: the set-up, and a first reply."""

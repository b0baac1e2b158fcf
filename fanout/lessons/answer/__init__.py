"""Lesson 02: answering every call, and the loop."""

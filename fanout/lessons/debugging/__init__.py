"""Lesson 08: from a symptom to its cause."""

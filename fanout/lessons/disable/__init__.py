"""Lesson 04: when one call at a time is right, and what it costs."""

"""Lesson 07: when a call fails."""

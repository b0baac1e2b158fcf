"""Lesson 01: reading the tool calls out of a reply."""

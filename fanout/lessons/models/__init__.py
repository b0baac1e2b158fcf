"""Lesson 06: which models call in parallel, measured."""

"""Lesson 05: tool definitions, drawn in no provider's form and written in either one's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fanout.checks.draw import Draw

Definition = dict[str, Any]


def facts(draw: Draw, name: str, **more: Any) -> Definition:
    """What a tool is, in no provider's form: name, description, schema, and whether it is strict."""
    unit = {"type": "string", "enum": draw.shuffled(["mean", "highest", "lowest"])}
    schema = {
        "type": "object",
        "properties": {"city": {"type": "string", "description": draw.text(8)}, "value": unit},
        "required": ["city", "value"],
        "additionalProperties": False,
    }
    return {"name": name, "description": f"{draw.text(6)} of a city.", "schema": schema} | more


def for_openai(fact: Mapping[str, Any]) -> Definition:
    """The definition in the shape of Chat Completions."""
    renamed = {"parameters" if key == "schema" else key: fact[key] for key in fact}
    return {"type": "function", "function": renamed}


def for_claude(fact: Mapping[str, Any]) -> Definition:
    """The definition in the shape of the Messages API."""
    return {"input_schema" if key == "schema" else key: fact[key] for key in fact}


def without(fact: Mapping[str, Any], *keys: str) -> Definition:
    """The same, with some of it left out."""
    return {key: fact[key] for key in fact if key not in keys}

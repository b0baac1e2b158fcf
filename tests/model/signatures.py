"""Read the compact notation of `prompts.py`: a tool from its signature, a call from Python text."""

from __future__ import annotations

import ast
import re
from typing import Any

from fanout.conversation import Tool
from fanout.simulator.model import Wanted

_PARAM = re.compile(r"(\w+)(\?)?(?::\s*([\w|\[\]]+)(\?)?)?(?:\s*=\s*(\S+))?")


def tool(signature: str) -> Tool:
    """`name(a, b: integer, c?: x|y, d: number = 1) What it does` as a tool with a JSON Schema."""
    name, rest = signature.split("(", 1)
    inside, description = rest.split(")", 1)
    properties: dict[str, Any] = {}
    required: list[str] = []
    for part in filter(None, inside.split(", ")):
        match = _PARAM.fullmatch(part)
        assert match, part
        properties[match[1]] = _schema(match[3] or "string")
        if match[5]:
            properties[match[1]]["default"] = ast.literal_eval(match[5])
        elif not (match[2] or match[4]):
            required.append(match[1])
    parameters = {"type": "object", "properties": properties, "required": required}
    return Tool(name=name, description=description.strip(), parameters=parameters)


def _schema(kind: str) -> dict[str, Any]:
    if kind.endswith("[]"):
        return {"type": "array", "items": {"type": kind[:-2]}}
    if "|" in kind:
        return {"type": "string", "enum": kind.split("|")}
    return {"type": kind}


def call(text: str) -> Wanted:
    """`name(a=1, b='x')` as a wanted call."""
    node = ast.parse(text, mode="eval").body
    assert isinstance(node, ast.Call), text
    assert isinstance(node.func, ast.Name), text
    arguments = {str(k.arg): ast.literal_eval(k.value) for k in node.keywords}
    return Wanted(name=node.func.id, arguments=arguments)

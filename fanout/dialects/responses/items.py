"""The `input` of a Responses request: which items there are, and the shape of each.

Strategy: `check` is the schema layer and raises at the first item of a wrong shape, so that turns.py
may read without asking. The lists of types and their order are the API's own (rows y6 and y8 of
conformance/responses.toml). An item of a type that the offline model does not read is checked no
further than its type; offline.py refuses it.

Inside an item the order is: unknown members, `id`, `status`, then the item's own fields. That unknown members
come before missing ones is seen for a message in Chat's form (row y5); the rest is our choice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fanout.dialects import openai_schema as schema
from fanout.dialects.errors import ApiError
from fanout.dialects.openai_functions import need_name

TYPES = tuple(
    """
additional_tools agent_message apply_patch_call apply_patch_call_output code_interpreter_call
compaction compaction_trigger computer_call computer_call_output custom_tool_call
custom_tool_call_output file_search_call function_call function_call_output image_generation_call
item_reference local_shell_call local_shell_call_output mcp_approval_request mcp_approval_response
mcp_call mcp_list_tools message multi_agent_call multi_agent_call_output program program_output
reasoning shell_call shell_call_output tool_search_call tool_search_output web_search_call
""".split()
)
ROLES = ("assistant", "system", "developer", "user")
PHASES = ("commentary", "final_answer")
STATUSES = ("in_progress", "completed", "incomplete")
"""Of an item that was written. # inferred: that another one is refused, as any unknown value is."""
PARTS = tuple(
    "input_text input_image input_audio output_text refusal input_file computer_screenshot "
    "summary_text encrypted_content".split()
)
INPUT_PARTS = ("input_text", "input_image", "input_file", "scoped_content", "input_audio")
OUTPUT_PARTS = ("output_text", "refusal")
RESULT_PARTS = ("input_text", "input_image", "input_file")

CALL_ID_LIMIT = 64
NAME_LIMIT = 128
"""Characters of a function's name. # inferred: OpenAI's published document, 2026-08."""

_MEMBERS: Mapping[str, frozenset[str]] = {
    "message": frozenset("type id role content status".split()),
    "function_call": frozenset(
        "type id call_id name arguments status namespace caller async".split()
    ),
    "function_call_output": frozenset(
        "type id call_id output status name namespace caller".split()
    ),
    "reasoning": frozenset("type id summary content encrypted_content status".split()),
    "item_reference": frozenset(("type", "id")),
}


def check(value: object, path: str) -> None:
    """Raises where `input` or one of its items has a shape that the API refuses."""
    if isinstance(value, str):
        return
    if value is None:
        raise null(path, "a string")
    if not isinstance(value, list):
        raise schema.wrong_type(path, "one of a string or array of input items", value)
    for i, item in enumerate(value):
        _check_item(item, f"{path}[{i}]")


def null(path: str, expected: str) -> ApiError:
    """A required field is null, which Responses calls an object (rows y2 and y3)."""
    return schema.wrong_type(path, expected, {})


def kind_of(item: Mapping[str, Any]) -> Any:
    """The type of an item. An item without one is a message, or a reference if it has only an id."""
    if item.get("type") is not None:
        return item["type"]
    return "item_reference" if item.get("id") and item.keys() <= {"id", "type"} else "message"


def _check_item(value: object, path: str) -> None:
    if not isinstance(value, dict):
        raise schema.wrong_type(path, "an input item", value)
    kind = kind_of(value)
    if not isinstance(kind, str) or kind not in TYPES:
        raise schema.bad_value(path, kind if isinstance(kind, str) else "", TYPES)
    if kind not in _CHECKS:
        return
    if kind == "message":
        _check_role(value, path)
    _check_members(value, kind, path)
    _check_id(value, kind, path)
    if value.get("status") is not None:
        schema.need_enum(value["status"], f"{path}.status", STATUSES)
    _CHECKS[kind](value, path)


def _check_members(item: dict[str, Any], kind: str, path: str) -> None:
    phase = {"phase"} if item.get("role") == "assistant" else set()
    for member in item:
        if member not in _MEMBERS[kind] | phase:
            raise schema.unknown(f"{path}.{member}")


_PREFIXES = {
    "message": "msg",
    "function_call": "fc",
    "function_call_output": "fc",
    "reasoning": "rs",
}


def _check_id(item: dict[str, Any], kind: str, path: str) -> None:
    if item.get("id") is None or kind == "item_reference":
        return
    value = schema.need_string(item["id"], f"{path}.id")
    prefix = _PREFIXES[kind]
    if not value.startswith(prefix):
        # Row 55. Verbatim for `fc`, a call and an output; inferred for the others.
        text = f"Invalid '{path}.id': '{value}'. Expected an ID that begins with '{prefix}'."
        raise ApiError(text, code="invalid_value", param=f"{path}.id")


# --- Messages -------------------------------------------------------------------------------------


def _check_role(item: dict[str, Any], path: str) -> None:
    role = item.get("role")
    if not isinstance(role, str) or role not in ROLES:
        raise schema.bad_value(path, role if isinstance(role, str) else "", ROLES)


def _check_message(item: dict[str, Any], path: str) -> None:
    if item.get("phase") is not None:
        schema.need_enum(item["phase"], f"{path}.phase", PHASES)
    variant = OUTPUT_PARTS if item["role"] == "assistant" else INPUT_PARTS
    _check_content(schema.need(item, "content", path), f"{path}.content", variant)


def _check_content(content: object, path: str, variant: tuple[str, ...]) -> None:
    if isinstance(content, str):
        return
    if not isinstance(content, list):
        raise schema.wrong_type(path, "one of a string or array of objects", content)
    for i, part in enumerate(content):
        _check_part(part, f"{path}[{i}]", variant)


def _check_part(value: object, path: str, variant: tuple[str, ...]) -> None:
    part = schema.need_object(value, path)
    kind = schema.need_string(schema.need(part, "type", path), f"{path}.type")
    if kind not in PARTS and kind not in variant:
        raise schema.bad_value(f"{path}.type", kind, PARTS)
    if kind not in variant:
        raise schema.bad_value(path, kind, variant)
    field = {"input_text": "text", "output_text": "text", "refusal": "refusal"}.get(kind)
    if field:
        schema.need_string(schema.need(part, field, path), f"{path}.{field}")


# --- Calls, outputs, reasoning --------------------------------------------------------------------


def _check_call(item: dict[str, Any], path: str) -> None:
    _check_call_id(item, path)
    need_name(schema.need(item, "name", path), f"{path}.name", NAME_LIMIT)
    schema.need_string(schema.need(item, "arguments", path), f"{path}.arguments")


def _check_output(item: dict[str, Any], path: str) -> None:
    _check_call_id(item, path)
    _check_content(schema.need(item, "output", path), f"{path}.output", RESULT_PARTS)


def _check_call_id(item: dict[str, Any], path: str) -> None:
    value = schema.need(item, "call_id", path)
    if not schema.need_string(value, f"{path}.call_id", CALL_ID_LIMIT):
        raise schema.empty_string(f"{path}.call_id")


def _check_reasoning(item: dict[str, Any], path: str) -> None:
    # -- verbatim: "Missing required parameter: 'input[N].summary'." (row y10)
    summary = schema.need(item, "summary", path)
    if not isinstance(summary, list):
        raise schema.wrong_type(f"{path}.summary", "an array of objects", summary)
    if item.get("encrypted_content") is not None:
        schema.need_string(item["encrypted_content"], f"{path}.encrypted_content")


def _check_reference(item: dict[str, Any], path: str) -> None:
    schema.need_string(schema.need(item, "id", path), f"{path}.id")


_CHECKS: Mapping[str, Callable[[dict[str, Any], str], None]] = {
    "message": _check_message,
    "function_call": _check_call,
    "function_call_output": _check_output,
    "reasoning": _check_reasoning,
    "item_reference": _check_reference,
}

"""Loads what notebooks use and uses it once, so that no learner's interpreter pays for the first time."""

from __future__ import annotations

import gc
import importlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fanout.grading.sandbox import PORT

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

_ALSO = ("anthropic", "matplotlib.pyplot", "nest_asyncio", "numpy", "pandas")
"""What a notebook may use beyond the usual; loaded when the first one comes that does."""
_LATE = ("bdb", "encodings.idna", "fanout.diagnosis.causes")
"""What the shell, a connection and the words for an exception load when they are first used."""
_URL = f"http://127.0.0.1:{PORT}"


def prepare() -> InteractiveShell:
    """Load what notebooks use, and use it once, so that no learner pays for the first time."""
    from fanout.checks import driver
    from fanout.grading.child import new_shell

    for name in _LATE:
        importlib.import_module(name)
    driver._client(_URL)
    _use_the_sdk()
    shell = new_shell()
    shell.transform_cell("_\n")  # builds the expressions that read a cell
    gc.collect()
    gc.freeze()
    return shell


def _use_the_sdk() -> None:
    """Send a turn with tools and read tool calls, without a network, so that the SDK's types are built."""
    import asyncio

    import httpx2
    from openai import AsyncOpenAI, OpenAI

    def answer(_request: Any) -> Any:
        return httpx2.Response(200, json=_REPLY)

    def of(client: Any, http: Any) -> Any:
        inner = http(transport=httpx2.MockTransport(answer))
        made = client(api_key="sk-warm", base_url="http://127.0.0.1/v1", http_client=inner)
        return made.chat.completions.create(model="warm", messages=_TURNS, tools=_TOOLS)

    async def wait() -> None:
        await of(AsyncOpenAI, httpx2.AsyncClient)

    of(OpenAI, httpx2.Client)
    asyncio.run(wait())


def _use_claudes_sdk() -> None:
    """The same for Claude."""
    import httpx2
    from anthropic import Anthropic

    def answer(_request: Any) -> Any:
        return httpx2.Response(200, json=_CLAUDES_REPLY)

    http = httpx2.Client(transport=httpx2.MockTransport(answer))
    client = Anthropic(api_key="sk-ant-warm", base_url="http://127.0.0.1", http_client=http)
    tools: Any = [{"name": "warm", "input_schema": {"type": "object"}}]
    client.messages.create(model="warm", max_tokens=9, messages=_CLAUDES_TURNS, tools=tools)


_USE = {"type": "tool_use", "id": "toolu_1", "name": "warm", "input": {}}
_RESULT = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "1"}
_CLAUDES_TURNS: Any = [
    {"role": "user", "content": "?"},
    {"role": "assistant", "content": [_USE]},
    {"role": "user", "content": [_RESULT]},
]
_CLAUDES_REPLY = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "warm",
    "content": [{"type": "text", "text": "?"}, _USE],
    "stop_reason": "tool_use",
    "stop_sequence": None,
    "usage": {"input_tokens": 1, "output_tokens": 1},
}

_CALL = {"id": "call_1", "type": "function", "function": {"name": "warm", "arguments": "{}"}}
_TOOLS: Any = [{"type": "function", "function": {"name": "warm", "parameters": {"type": "object"}}}]
_TURNS: Any = [
    {"role": "user", "content": "?"},
    {"role": "assistant", "tool_calls": [_CALL]},
    {"role": "tool", "tool_call_id": "call_1", "content": "1"},
]
_REPLY = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1,
    "model": "warm",
    "choices": [
        {
            "index": 0,
            "finish_reason": "tool_calls",
            "message": {
                "role": "assistant",
                "content": None,
                "tool_calls": [_CALL],
            },
        }
    ],
    "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
}


def load(name: str) -> None:
    """Load a module of those that some notebooks use; nothing where it is none, or not installed."""
    from fanout.checks import driver

    if name not in _ALSO or name in sys.modules:
        return
    try:
        importlib.import_module(name)
    except ImportError:
        return  # then the learner's own cell says so
    if name == "anthropic":
        driver._claude_client(_URL)
        _use_claudes_sdk()
    gc.freeze()


def memory() -> int:
    """Bytes that this process holds, and every fork of it seems to hold as well; 0 if unknown."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0

"""The process that has everything loaded and forks one learner's interpreter after another.

It runs in the outer shell of the sandbox, knows no exercise, and never runs a learner's code itself.
"""

from __future__ import annotations

import gc
import importlib
import os
import signal
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fanout.grading import inner_wire as wire
from fanout.grading import kernel, sandbox

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

_ALSO = ("anthropic", "matplotlib.pyplot", "nest_asyncio", "numpy", "pandas")
"""What a notebook may use beyond the usual; loaded when the first one comes that does."""
_LATE = ("bdb", "encodings.idna", "fanout.diagnosis.causes")
"""What the shell, a connection and the words for an exception load when they are first used."""
_URL = f"http://127.0.0.1:{sandbox.PORT}"


def main(line: int, kind: str) -> None:
    """Serve the grader on this line until it hangs up.

    :param kind: what keeps learners' code in: "namespaces" of its own, "bubblewrap" around this
        process, or nothing ("unsafe").
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        layers = _enter(kind)
        shell = _prepare()
    except Exception as error:  # noqa: BLE001 (whatever it is, the grader must hear of it)
        wire.send(line, wire.encoded({"failed": f"{type(error).__name__}: {error}"}))
        return
    wire.send(line, wire.encoded({"layers": layers, "memory": _memory()}))
    while (order := wire.receive(line)) is not None:
        message, files = order
        for name in message["also"]:
            _load(name)
        pid = sandbox.fork_apart() if kind == "namespaces" else os.fork()
        if pid == 0:
            os.close(line)
            _keep(files, shell, sandbox.Limits(**message["limits"]), kind)
        for number in files:
            os.close(number)
        _reap()


def _enter(kind: str) -> tuple[str, ...]:
    if kind == "namespaces":
        return sandbox.enter()
    if kind == "bubblewrap":
        kernel.die_with_parent()
        kernel.hide_memory()
        return ("bubblewrap", *sandbox.filters(), "limits")
    return ("unsafe", "limits")


_ENCLOSE = {
    "namespaces": sandbox.enclose,
    "bubblewrap": sandbox.enclose_within,
    "unsafe": sandbox.enclose_unsafely,
}


def _keep(files: list[int], shell: InteractiveShell, limits: sandbox.Limits, kind: str) -> None:
    """Be the first process of one submission: start the interpreter, bury orphans, end with it all.

    It never runs a learner's code. When it ends, the kernel ends every process of the submission.
    """
    line, first = files
    try:
        os.setsid()
        listening = _ENCLOSE[kind](limits)
        for number in (0, 1, 2):
            os.dup2(os.open(os.devnull, os.O_RDWR), number)
        wire.send_hello(line, (listening.fileno(),))
        url = _url(listening)
        listening.close()
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        if os.fork() == 0:
            os.close(line)
            _begin(first, shell, url, boxed=kind != "unsafe")
        os.close(first)
        wire.receive(line)
        if kind != "namespaces":
            os.killpg(0, signal.SIGKILL)
    finally:
        os._exit(1)


def _begin(line: int, shell: InteractiveShell, url: str, *, boxed: bool) -> None:
    from fanout.grading.child import begin
    from fanout.grading.stand_in import point_to, stand_in

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    stand_in(url)
    point_to(url)
    begin(line, shell, boxed=boxed)


def _url(listening: socket.socket) -> str:
    return f"http://127.0.0.1:{listening.getsockname()[1]}"


# --- Loading --------------------------------------------------------------------------------------


def _prepare() -> InteractiveShell:
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


def _load(name: str) -> None:
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


def _memory() -> int:
    """Bytes that this process holds, and every fork of it seems to hold as well."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def _reap() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return

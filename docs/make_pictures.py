"""Draws the two pictures in README: the same three tool calls, one after another and together.

.venv/bin/python docs/make_pictures.py
"""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import httpx2
from openai import AsyncOpenAI

import fanout
from fanout.lessons.syllabus import model
from fanout.recording import Run

QUESTION = "What's the weather in Tokyo and London, and what's the USD to JPY rate?"
HERE = Path(__file__).parent


def _tool(name: str, *parameters: str) -> Any:
    properties = {parameter: {"type": "string"} for parameter in parameters}
    schema = {"type": "object", "properties": properties, "required": list(parameters)}
    return {"type": "function", "function": {"name": name, "parameters": schema}}


TOOLS = [_tool("get_weather", "city"), _tool("get_exchange_rate", "from_currency", "to_currency")]


async def _answer(http: httpx2.AsyncClient, call: Any) -> Any:
    given = json.loads(call.function.arguments)
    services = os.environ["SERVICES_URL"]
    if call.function.name == "get_weather":
        reply = await http.get(f"{services}/weather", params=given)
    else:
        pair = {"base": given["from_currency"], "quote": given["to_currency"]}
        reply = await http.get(f"{services}/rates", params=pair)
    return {"role": "tool", "tool_call_id": call.id, "content": reply.text}


async def converse(together: bool) -> Run:
    """Hold the conversation, with the tool calls run together or one by one; return its record."""
    messages: list[Any] = [{"role": "user", "content": QUESTION}]
    async with AsyncOpenAI() as client, httpx2.AsyncClient() as http:
        with fanout.record() as run:
            reply = await client.chat.completions.create(
                model=model("chat"), messages=messages, tools=TOOLS
            )
            message = reply.choices[0].message
            work = [_answer(http, call) for call in message.tool_calls or []]
            results = await asyncio.gather(*work) if together else [await one for one in work]
            await client.chat.completions.create(
                model=model("chat"), messages=[*messages, message, *results], tools=TOOLS
            )
    return run


def main() -> None:
    """Draw both, and print what each shows: the alt texts for README."""
    fanout.start()
    asyncio.run(converse(together=True))  # the first run of all also pays for imports
    slow, quick = asyncio.run(converse(together=False)), asyncio.run(converse(together=True))
    for run, file in ((slow, "one_by_one.png"), (quick, "together.png")):
        picture = fanout.timeline(run, seconds=slow.seconds)  # on one axis, to be compared
        picture.save(HERE / file)
        print(f"{file}: {picture}")


if __name__ == "__main__":
    main()

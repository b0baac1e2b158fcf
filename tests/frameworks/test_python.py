"""Frameworks hold a parallel tool conversation with the far end, as they would with the provider."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.frameworks.conftest import QUESTION, Far

pytestmark = pytest.mark.filterwarnings("default")  # their own deprecations are not ours

CHAT, RESPONSES, CLAUDE = "/v1/chat/completions", "/v1/responses", "/v1/messages"
OPENAI_MODEL, CLAUDE_MODEL = "gpt-5.2", "claude-sonnet-5"
KEY = "sk-test"
STREAM = pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
OPENAI_APIS = pytest.mark.parametrize("path", [CHAT, RESPONSES])
EVERY_API = pytest.mark.parametrize("path", [CHAT, RESPONSES, CLAUDE])


# --- OpenAI Agents SDK ----------------------------------------------------------------------------


@OPENAI_APIS
@STREAM
def test_openai_agents(far: Far, path: str, stream: bool) -> None:
    """The OpenAI Agents SDK runs an agent to its end, over both of OpenAI's APIs."""
    agents = pytest.importorskip("agents", reason="openai-agents is not installed")
    from openai import AsyncOpenAI

    agents.set_tracing_disabled(True)

    @agents.function_tool
    def get_weather(city: str) -> str:
        """Weather in a city."""
        return far.weather(city)

    async def talk() -> Any:
        async with AsyncOpenAI(base_url=f"{far.url}/v1", api_key=KEY) as client:
            kind = (
                agents.OpenAIChatCompletionsModel if path == CHAT else agents.OpenAIResponsesModel
            )
            model = kind(model=OPENAI_MODEL, openai_client=client)
            agent = agents.Agent(name="Weather", tools=[get_weather], model=model)
            if not stream:
                return await agents.Runner.run(agent, QUESTION)
            result = agents.Runner.run_streamed(agent, QUESTION)
            assert [event async for event in result.stream_events()]
            return result

    far.check(asyncio.run(talk()).final_output, path, stream=stream)


# --- LangChain and LangGraph ----------------------------------------------------------------------


def chat_model(far: Far, path: str, stream: bool) -> Any:
    """LangChain's model for one API."""
    if path == CLAUDE:
        anthropic = pytest.importorskip("langchain_anthropic", reason="it is not installed")
        return anthropic.ChatAnthropic(
            model=CLAUDE_MODEL, base_url=far.url, api_key=KEY, max_tokens=1000, streaming=stream
        )
    openai = pytest.importorskip("langchain_openai", reason="it is not installed")
    return openai.ChatOpenAI(
        model=OPENAI_MODEL,
        base_url=f"{far.url}/v1",
        api_key=KEY,
        use_responses_api=path == RESPONSES,
        streaming=stream,
    )


def langchain_tool(far: Far) -> Any:
    """The tool in LangChain's form."""
    tools = pytest.importorskip("langchain_core.tools", reason="langchain is not installed")

    def get_weather(city: str) -> str:
        """Weather in a city."""
        return far.weather(city)

    return tools.tool(get_weather)


@EVERY_API
@STREAM
def test_langchain(far: Far, path: str, stream: bool) -> None:
    """LangChain's agent runs to its end, over all three APIs."""
    agents = pytest.importorskip("langchain.agents", reason="langchain is not installed")
    agent = agents.create_agent(chat_model(far, path, stream), [langchain_tool(far)])
    asked = {"messages": [{"role": "user", "content": QUESTION}]}
    if stream:
        pieces = list(agent.stream(asked, stream_mode="messages"))
        chunks = [p for p, _ in pieces if type(p).__name__ == "AIMessageChunk"]
        assert len(chunks) > 5
        text = "".join(chunk.text for chunk in chunks)
    else:
        text = agent.invoke(asked)["messages"][-1].text
    far.check(text, path, stream=stream)


@EVERY_API
@STREAM
def test_langgraph(far: Far, path: str, stream: bool) -> None:
    """A LangGraph of one's own, model and tools in a loop, runs to its end."""
    graph = pytest.importorskip("langgraph.graph", reason="langgraph is not installed")
    prebuilt = pytest.importorskip("langgraph.prebuilt", reason="langgraph is not installed")
    tool = langchain_tool(far)
    model = chat_model(far, path, stream).bind_tools([tool])

    async def call(state: Any) -> Any:
        return {"messages": [await model.ainvoke(state["messages"])]}

    flow = graph.StateGraph(graph.MessagesState)
    flow.add_node("model", call)
    flow.add_node("tools", prebuilt.ToolNode([tool]))
    flow.add_edge(graph.START, "model")
    flow.add_conditional_edges("model", prebuilt.tools_condition)
    flow.add_edge("tools", "model")
    asked = {"messages": [{"role": "user", "content": QUESTION}]}
    final = asyncio.run(flow.compile().ainvoke(asked))["messages"][-1]
    far.check(final.text, path, stream=stream)


# --- Pydantic AI ----------------------------------------------------------------------------------


def pydantic_model(far: Far, path: str) -> Any:
    """Pydantic AI's model for one API."""
    maker = "anthropic" if path == CLAUDE else "openai"
    models = pytest.importorskip(f"pydantic_ai.models.{maker}")
    providers = pytest.importorskip(f"pydantic_ai.providers.{maker}")
    if path == CLAUDE:
        provider = providers.AnthropicProvider(api_key=KEY, base_url=far.url)
        return models.AnthropicModel(CLAUDE_MODEL, provider=provider)
    provider = providers.OpenAIProvider(api_key=KEY, base_url=f"{far.url}/v1")
    kind = models.OpenAIChatModel if path == CHAT else models.OpenAIResponsesModel
    return kind(OPENAI_MODEL, provider=provider)


@EVERY_API
@STREAM
def test_pydantic_ai(far: Far, path: str, stream: bool) -> None:
    """Pydantic AI runs an agent to its end, over all three APIs."""
    ai = pytest.importorskip("pydantic_ai", reason="pydantic-ai is not installed")
    # with Claude's own limit it would stream, asked to or not
    agent = ai.Agent(pydantic_model(far, path), model_settings={"max_tokens": 1000})

    @agent.tool_plain
    def get_weather(city: str) -> str:
        """Weather in a city."""
        return far.weather(city)

    async def talk() -> str:
        if not stream:
            return str((await agent.run(QUESTION)).output)
        async with agent.run_stream(QUESTION) as result:
            pieces = [piece async for piece in result.stream_text(delta=True, debounce_by=None)]
        assert len(pieces) > 5
        return "".join(pieces)

    far.check(asyncio.run(talk()), path, stream=stream)

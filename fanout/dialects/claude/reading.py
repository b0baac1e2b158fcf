"""A Messages request as a conversation, or the refusal it earns.

Strategy: layers, each complete before the next begins, and the first fault is the only one told:

1. the schema layer, in the order measured at the API in 2026-08: model, tool_choice, tools,
   messages, system, thinking, output_config, cache_control, max_tokens, the other settings, fields
   that do not exist;
2. what the request asks of its own tools, and the model's own refusals (rules.py);
3. the rules about the conversation as a whole, pairing among them (flow.py);
4. what the offline model does not do (offline.py).

That 3 comes after 1 was measured, too; the place of 2 is our choice.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from fanout.conversation import Conversation, Tool
from fanout.dialects.claude import flow, messages, offline, schema, settings, threads, tools
from fanout.dialects.claude.access import VERSION
from fanout.dialects.claude.rules import ModelRules, check_model


def model_of(body: object) -> str:
    """The model that a body asks for, so that its rules can be found before `read`."""
    schema.need_shallow(body)
    named = schema.need(schema.need_object(body, ""), "model", "")
    return schema.need_string(named, "model", 1)


def read(
    body: object,
    rules: ModelRules | None = None,
    *,
    version: str = VERSION,
    betas: Collection[str] = (),
) -> Conversation:
    """The conversation that a Messages request says.

    Raises `ApiError` with the API's status, type and text for the first fault. Where the fault lies
    in the conversation as a whole, its `conversation` is what was read.

    :param rules: what the model of the body takes. Without it the body counts as meant for someone
        else's model: what depends on the model is not judged, fields this API does not have and
        things the offline model does not do are let pass.
    :param version: the `anthropic-version` of the request; decides on temperature, top_p and top_k.
    :param betas: the names in its `anthropic-beta` header.
    """
    model = model_of(body)
    assert isinstance(body, dict)  # model_of raises for anything else
    offered = _check_fields(body)
    if rules is not None:
        settings.check_known(body, version, betas)
    choice = tools.choice(body)
    if rules is not None:
        check_model(body, rules)
    settings.check_budget(body)
    conversation = Conversation(
        model=model,
        turns=messages.turns(body),
        tools=offered,
        choice=choice,
        parallel=tools.parallel(body) and (rules is None or rules.parallel_calls),
        max_tokens=body["max_tokens"],
        stream=bool(body.get("stream")),
    )
    fault = flow.first_fault(body, conversation.turns, rules)
    if fault is not None:
        fault.conversation = conversation
        raise fault
    if rules is not None:
        offline.refuse(body)
    return conversation


def _check_fields(body: dict[str, Any]) -> tuple[Tool, ...]:
    """The schema layer, in the API's order; the tools are needed again."""
    tools.check_choice(body)
    offered = tools.check(body)
    messages.check(schema.need(body, "messages", ""))
    if "system" in body:
        messages.check_system(body["system"])
    settings.check_thinking(body)
    settings.check_output(body)
    settings.check_cache(body)
    settings.check_max_tokens(body)
    settings.check_rest(body)
    threads.thread_of(body)
    return offered

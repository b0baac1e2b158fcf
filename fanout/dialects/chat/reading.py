"""A Chat Completions request as a conversation, or the refusal it earns.

Strategy: layers, each complete before the next begins, and the first fault is the only one told:

1. the body is an object, with a model and messages;
2. the schema layer: unknown fields, messages, tools, `parallel_tool_calls`, settings, `tool_choice`;
   paths as `messages[1].tool_calls`, mostly with a code;
3. the model's own refusals (rules.py);
4. the semantic layer: pairing; paths as `messages.[2].role`, code null (pairing.py);
5. what the offline model does not do (offline.py).

That 2 and 4 are two layers is seen in the spelling of their paths. That 3 stands between them, and
the order inside 2 as far as `parallel_tool_calls` and the settings, was measured by sending two faults
at once (kangminlee-maker/local-OAuth-CLI-API-adapter, gpt-5.6-terra, 2026-08-30); the rest is our choice.
"""

from __future__ import annotations

from fanout.conversation import Conversation
from fanout.dialects import openai_schema as schema
from fanout.dialects.chat import messages, offline, pairing, settings, tools
from fanout.dialects.chat.rules import ModelRules, check_model, may_call_in_parallel
from fanout.dialects.errors import ApiError


def model_of(body: object) -> str:
    """The model that a body asks for, so that its rules can be found before `read`."""
    schema.need_shallow(body)
    if not isinstance(body, dict):
        raise ApiError(schema.UNREADABLE)  # inferred: the text for JSON that is no object
    if body.get("model") in (None, ""):
        raise ApiError("you must provide a model parameter")  # row x9
    return schema.need_string(body["model"], "model")


def read(body: object, rules: ModelRules | None = None) -> Conversation:
    """The conversation that a Chat Completions request says.

    Raises `ApiError` with the API's status, type, code, param and text for the first fault.

    :param rules: what the model of the body takes. Without it the body counts as meant for someone
        else's model: what depends on the model is not judged, fields this API does not have and
        things the offline model does not do are let pass.
    """
    model = model_of(body)
    assert isinstance(body, dict)  # model_of raises for anything else
    schema.need(body, "messages", "")
    if rules is not None:
        settings.check_known(body)
    items = messages.check(body["messages"])
    functions = tools.check(body)
    tools.check_parallel(body)
    settings.check(body)
    choice = tools.choice(body, functions)
    if rules is not None:
        check_model(body, rules)
    conversation = Conversation(
        model=model,
        turns=messages.turns(items),
        tools=functions,
        choice=choice,
        parallel=may_call_in_parallel(body, rules),
        max_tokens=settings.max_tokens(body),
        stream=bool(body.get("stream")),
    )
    fault = pairing.first_fault(items, conversation.turns)
    if fault is not None:
        fault.conversation = conversation
        raise fault
    if rules is not None:
        offline.refuse(body)
    return conversation


__all__ = ["model_of", "read"]

"""A Responses request as a conversation, or the refusal it earns.

Strategy: layers, each complete before the next begins, and the first fault is the only one told:

1. the body is an object, with a model and an `input`;
2. the schema layer: unknown fields, then each field in the API's own order (settings.py);
3. what is remembered: an earlier response, items referred to, an `input` that says nothing (state.py);
4. the model's own refusals (rules.py);
5. the semantic layer: items sent twice, reasoning torn off, calls and outputs (state.py, turns.py);
6. what the offline model does not do (offline.py).

The order from 1 to 4 is measured (kangminlee-maker/local-OAuth-CLI-API-adapter, gpt-5.6-terra,
2026-08-31). That 5 comes after 4 is our choice, as in Chat Completions.
"""

from __future__ import annotations

from fanout.conversation import Conversation
from fanout.dialects import openai_schema as schema
from fanout.dialects.errors import ApiError
from fanout.dialects.responses import items, offline, settings, state, tools, turns
from fanout.dialects.responses.rules import ModelRules, check_model, may_call_in_parallel


def model_of(body: object) -> str:
    """The model that a body asks for, so that its rules can be found before `read`.

    An empty name is a name; the API says that no such model exists.
    """
    schema.need_shallow(body)
    if not isinstance(body, dict):
        raise ApiError(schema.UNREADABLE)  # inferred: the text for JSON that is no object
    model = schema.need(body, "model", "")
    if model is None:
        raise items.null("model", "a string")
    return schema.need_string(model, "model")


def read(
    body: object, rules: ModelRules | None = None, memory: state.Memory | None = None
) -> Conversation:
    """The conversation that a Responses request says, with that of the response it goes on from.

    Raises `ApiError` with the API's status, type, code, param and text for the first fault.

    :param rules: what the model of the body takes. Without it the body counts as meant for someone
        else's model: what depends on the model is not judged, fields this API does not have and
        things the offline model does not do are let pass.
    :param memory: the responses that were remembered. With rules and without a memory nothing was;
        without both, what a body says of earlier responses is not judged.
    """
    model = model_of(body)
    assert isinstance(body, dict)  # model_of raises for anything else
    schema.need(body, "input", "")
    if rules is not None:
        settings.check_known(body)
    settings.check(body)
    choice = tools.choice(body)
    if memory is None and rules is not None:
        memory = {}
    row = state.gather(body, memory)
    if rules is not None:
        check_model(body, rules)
    conversation = Conversation(
        model=model,
        turns=turns.turns(row.entries, body.get("instructions")),
        tools=tools.functions(body),
        choice=choice,
        parallel=may_call_in_parallel(body, rules),
        max_tokens=settings.max_tokens(body),
        stream=bool(body.get("stream")),
    )
    _check_meaning(row, conversation, memory)
    if rules is not None:
        offline.refuse(body)
    return conversation


def _check_meaning(row: state.Row, conversation: Conversation, memory: state.Memory | None) -> None:
    try:
        state.check(row, memory)
        fault = turns.first_fault(row, conversation.turns)
        if fault is not None:
            raise fault
    except ApiError as error:
        error.conversation = conversation
        raise

"""Responses, OpenAI's newer API: requests to conversations, replies to bodies and events.

Pure functions: no I/O and no clock. A server calls, in this order, `parse` (bytes to JSON),
`read_key`, `model_of`, its own look-up of that model's rules (or raises `unknown_model`), `read` with
the memory it keeps, `write` or `stream`, and `remember`; for an `ApiError`, `write_error`, or
`failure` where a stream has begun.
"""

from __future__ import annotations

from fanout.dialects.openai_access import bad_key as bad_key
from fanout.dialects.openai_access import read_responses_key as read_responses_key
from fanout.dialects.openai_access import unknown_responses_model as unknown_responses_model
from fanout.dialects.openai_errors import write_error as write_error
from fanout.dialects.openai_ids import call_id as call_id
from fanout.dialects.openai_ids import headers as headers
from fanout.dialects.openai_ids import response_id as response_id
from fanout.dialects.openai_schema import parse as parse
from fanout.dialects.responses.reading import model_of as model_of
from fanout.dialects.responses.reading import read as read
from fanout.dialects.responses.rules import ModelRules as ModelRules
from fanout.dialects.responses.state import Memory as Memory
from fanout.dialects.responses.state import Stored as Stored
from fanout.dialects.responses.state import remember as remember
from fanout.dialects.responses.streaming import failure as failure
from fanout.dialects.responses.streaming import stream as stream
from fanout.dialects.responses.writing import arguments_text as arguments_text
from fanout.dialects.responses.writing import write as write
from fanout.dialects.responses.writing import write_usage as write_usage

read_key = read_responses_key
unknown_model = unknown_responses_model
reply_id = response_id

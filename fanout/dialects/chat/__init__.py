"""Chat Completions, OpenAI's older API: requests to conversations, replies to bodies.

Pure functions: no I/O and no clock. A server calls, in this order, `parse` (bytes to JSON),
`read_key`, `model_of`, its own look-up of that model's rules (or raises `unknown_model`), `read`,
and `write` or, for an `ApiError`, `write_error`.
"""

from __future__ import annotations

from fanout.dialects.chat.reading import model_of as model_of
from fanout.dialects.chat.reading import read as read
from fanout.dialects.chat.rules import ModelRules as ModelRules
from fanout.dialects.chat.streaming import stream as stream
from fanout.dialects.chat.writing import arguments_text as arguments_text
from fanout.dialects.chat.writing import finish_reason as finish_reason
from fanout.dialects.chat.writing import write as write
from fanout.dialects.chat.writing import write_call as write_call
from fanout.dialects.chat.writing import write_usage as write_usage
from fanout.dialects.openai_access import bad_key as bad_key
from fanout.dialects.openai_access import missing_key as missing_key
from fanout.dialects.openai_access import read_key as read_key
from fanout.dialects.openai_access import unknown_model as unknown_model
from fanout.dialects.openai_errors import write_error as write_error
from fanout.dialects.openai_ids import call_id as call_id
from fanout.dialects.openai_ids import completion_id as completion_id
from fanout.dialects.openai_ids import headers as headers
from fanout.dialects.openai_ids import request_id as request_id
from fanout.dialects.openai_schema import parse as parse

reply_id = completion_id

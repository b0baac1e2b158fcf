"""Messages, Anthropic's API: requests to conversations, replies to bodies and event streams.

Pure functions, and one store (`Threads`): no I/O and no clock. A server calls, in this order,
`parse` (bytes to JSON), `admit` (headers to `Access`), `Threads.resume`, `model_of`, its own look-up
of that model's rules (or raises `unknown_model`), `read`, then `write` or `stream` and
`Threads.hold`; for an `ApiError`, `write_error`.
"""

from __future__ import annotations

from fanout.dialects.claude.access import Access as Access
from fanout.dialects.claude.access import admit as admit
from fanout.dialects.claude.access import bad_key as bad_key
from fanout.dialects.claude.access import missing_key as missing_key
from fanout.dialects.claude.access import read_key as read_key
from fanout.dialects.claude.access import unknown_model as unknown_model
from fanout.dialects.claude.faults import internal_error as internal_error
from fanout.dialects.claude.faults import overloaded as overloaded
from fanout.dialects.claude.faults import rate_limited as rate_limited
from fanout.dialects.claude.ids import call_id as call_id
from fanout.dialects.claude.ids import headers as headers
from fanout.dialects.claude.ids import message_id as message_id
from fanout.dialects.claude.ids import request_id as request_id
from fanout.dialects.claude.messages import arguments_text as arguments_text
from fanout.dialects.claude.reading import model_of as model_of
from fanout.dialects.claude.reading import read as read
from fanout.dialects.claude.rules import ModelRules as ModelRules
from fanout.dialects.claude.schema import parse as parse
from fanout.dialects.claude.streaming import failure as failure
from fanout.dialects.claude.streaming import stream as stream
from fanout.dialects.claude.threads import Threads as Threads
from fanout.dialects.claude.tools import eager as eager
from fanout.dialects.claude.writing import stop_reason as stop_reason
from fanout.dialects.claude.writing import write as write
from fanout.dialects.claude.writing import write_call as write_call
from fanout.dialects.claude.writing import write_error as write_error
from fanout.dialects.claude.writing import write_usage as write_usage

reply_id = message_id

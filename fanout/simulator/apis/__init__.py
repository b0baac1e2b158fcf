"""The provider APIs that a far end speaks, by path."""

from __future__ import annotations

from collections.abc import Mapping

from fanout.simulator.apis.anthropic import MessagesApi
from fanout.simulator.apis.api import Api as Api
from fanout.simulator.apis.api import Asked as Asked
from fanout.simulator.apis.api import Told as Told
from fanout.simulator.apis.openai import ChatApi, ResponsesApi

APIS: Mapping[str, Api] = {api.path: api for api in (ChatApi(), ResponsesApi(), MessagesApi())}

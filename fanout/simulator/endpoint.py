"""One request to a model, from its bytes to its answer, for every provider's API alike.

Read it, meet the faults that were asked for, decide, wait as long as the model would, write. The
exchange is in the record from the first byte, and complete before the last one is sent.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from fanout.conversation import Reply
from fanout.dialects.errors import ApiError
from fanout.dialects.streaming import Chunk
from fanout.dialects.tokens import Usage, written
from fanout.recording import Exchange
from fanout.simulator.apis import Api, Asked, Told
from fanout.simulator.compose import compose, within
from fanout.simulator.faults import Fault, changed
from fanout.simulator.heard import LONGEST, Heard
from fanout.simulator.model import Decision
from fanout.simulator.world import World

Endpoint = Callable[[Request], Awaitable[Response]]


def model_endpoint(world: World, api: Api) -> Endpoint:
    """The endpoint of one API of a far end."""

    async def endpoint(request: Request) -> Response:
        client = world.client(request)
        exchange = world.recorder.begin("model", api.path, {}, client)
        try:
            raw = await request.body()
        except Exception:  # the client hung up, or sends more than it may
            exchange.finish(status=400, response=None, error="The request did not arrive whole.")
            raise
        return await _Answer(world, api, exchange, request.headers).give(raw)

    return endpoint


class _Answer:
    """The answer to one request, in the making."""

    def __init__(
        self, world: World, api: Api, exchange: Exchange, headers: Mapping[str, str]
    ) -> None:
        self.world = world
        self.api = api
        self.exchange = exchange
        self.asking = headers
        self.seed = ""
        self.faults: list[Fault] = []

    async def give(self, raw: bytes) -> Response:
        """The response, whatever the bytes are."""
        fingerprint = hashlib.sha256(raw).hexdigest()
        self.seed = self.world.memory.seed(fingerprint)
        try:
            key = self._admit()
            heard = self._hear(raw, fingerprint, key)
            asked = replace(heard.asked, key=key)
            told = self._decide(heard, asked)
            await self._be_slow()
            if asked.conversation.stream:
                return _Stream(self._paced(asked, told), self._headers())
            return await self._whole(asked, told)
        except ApiError as error:
            return self._refuse(error)
        except Exception as bug:  # noqa: BLE001 (a learner should read what happened)
            return self._refuse(_apology(bug))

    def _admit(self) -> str:
        key = self.api.key(self.asking)
        if not self.world.admits(key):
            raise self.api.bad_key(self.asking)
        return key

    def _hear(self, raw: bytes, fingerprint: str, key: str) -> Heard:
        """What the request says, as it was read before where it can be no other."""
        mark = (self.api.path, fingerprint, *map(self.asking.get, self.api.read_headers))
        heard = self.world.hearing.again(mark)
        if heard is not None:
            self._meet_faults(heard.asked.body, key)
        else:
            heard = Heard(self._read(raw, key))
            if len(raw) <= LONGEST and self.api.by_itself(heard.asked):
                self.world.hearing.keep(mark, heard)
        self.exchange.conversation = heard.asked.conversation
        self._fail_on_request(heard.asked.conversation.model)
        return heard

    def _read(self, raw: bytes, key: str) -> Asked:
        body = self.api.parse(raw)
        self._meet_faults(body, key)
        try:
            return self.api.read(body, self.asking, self.world.memory)
        except ApiError as error:
            self.exchange.conversation = error.conversation
            self._fail_on_request(str(self.exchange.request.get("model")))
            raise

    def _meet_faults(self, body: Any, key: str) -> None:
        self.exchange.request = body if isinstance(body, Mapping) else {"body": body}
        self.faults = self.world.faults.meet(key)
        self.exchange.faults = tuple(fault.kind for fault in self.faults)

    def _fail_on_request(self, model: str) -> None:
        """Raise the refusal that a fault asks for. The far end is in trouble before it validates."""
        for fault in self.faults:
            error = self.api.fault(fault.kind, fault.options, model)
            if error is not None:
                raise error

    def _decide(self, heard: Heard, asked: Asked) -> Told:
        conversation, mind = asked.conversation, self.world.mind
        decision: Decision | Reply | None = self.world.scripts.reply(asked, self.api, self.seed)
        if decision is None:
            decision = heard.decision if mind is None else mind(conversation)
        if not isinstance(decision, Reply):
            # Only OpenAI's profiles know of habits so far.
            habit = getattr(asked.model, "habit", None)
            decision = compose(conversation, decision, self.api, self.seed, habit)
        reply = changed(within(decision, conversation.max_tokens), self.faults)
        usage = Usage(prompt=heard.prompt, completion=written(reply))
        self.exchange.reply, self.exchange.tokens = reply, usage.total
        return Told(reply=reply, usage=usage, seed=self.seed, created=int(time.time()))

    async def _be_slow(self) -> None:
        for fault in self.faults:
            if fault.kind == "slow":
                await asyncio.sleep(fault.options["seconds"])

    async def _whole(self, asked: Asked, told: Told) -> Response:
        model = asked.model
        writing = told.usage.completion / model.tokens_per_s
        await asyncio.sleep(self.world.pace * (model.latency_s + writing))
        body = self.api.write(asked, told)
        self.api.remember(self.world.memory, asked, body)
        self.exchange.finish(status=200, response=body)
        return _json(body, 200, self._headers(), indent=None)

    async def _paced(self, asked: Asked, told: Told) -> AsyncIterator[bytes]:
        """The chunks as the model writes them. Raises `_Cut` where a fault breaks the stream off."""
        body = self.api.write(asked, told)
        self.api.remember(self.world.memory, asked, body)
        kinds = [fault.kind for fault in self.faults]
        chunks = list(self.api.broken(self.api.stream(asked, told), kinds))
        try:
            await asyncio.sleep(self.world.pace * asked.model.latency_s)
            for number, chunk in enumerate(self._interrupted(chunks)):
                await asyncio.sleep(self.world.pace * chunk.tokens / asked.model.tokens_per_s)
                if number == len(chunks) - 1:
                    self.exchange.finish(status=200, response=body)
                yield chunk.encode()
        finally:
            if self.exchange.ended is None:
                self.exchange.finish(status=200, response=body, error="The stream was broken off.")

    def _interrupted(self, chunks: Sequence[Chunk]) -> Iterator[Chunk]:
        """The chunks up to where a fault ends them: with an error, or with nothing at all."""
        for fault in self.faults:
            if fault.kind == "cut_stream":
                yield from chunks[: fault.options["after"]]
                raise _Cut
            if fault.kind == "stream_error":
                sent = chunks[: fault.options["after"]]
                yield from sent
                error = self.api.fault("server_error", {}, "")
                assert error is not None
                yield from self.api.failure(error, sent)
                return
        yield from chunks

    def _headers(self) -> dict[str, str]:
        return self.api.headers(self.seed)

    def _refuse(self, error: ApiError) -> Response:
        body = self.api.error(error, self.seed)
        self.exchange.finish(status=error.status, response=body, error=error.message)
        headers = {**self._headers(), **error.headers}
        return _json(body, error.status, headers, indent=self.api.error_indent)


class _Cut(Exception):
    """The connection is to be dropped here."""


class _Stream(Response):
    """Server-sent events. After `_Cut` it ends without the last piece, as a broken connection does."""

    def __init__(self, pieces: AsyncIterator[bytes], headers: Mapping[str, str]) -> None:
        super().__init__(headers=dict(headers), media_type="text/event-stream; charset=utf-8")
        self.pieces = pieces
        del self.headers["content-length"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the pieces as they come."""
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        await send(start)
        try:
            async for piece in self.pieces:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        except _Cut:
            return
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def _json(body: Any, status: int, headers: Mapping[str, str], indent: int | None) -> Response:
    text = json.dumps(body, indent=indent)
    return Response(text, status, headers=dict(headers), media_type="application/json")


def _apology(bug: Exception) -> ApiError:
    words = (
        f"The offline model stumbled over this request ({type(bug).__name__}: {bug}). That is a "
        "mistake in the course's simulator, not in your code. Please report it with the request."
    )
    return ApiError(words, status=500, type="server_error")

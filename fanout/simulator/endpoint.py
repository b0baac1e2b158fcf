"""One request to a model, from its bytes to its answer, for every provider's API alike.

Read it, meet the faults that were asked for, decide, wait as long as the model would, write. The
exchange is in the record from the first byte, and complete before the last one is sent. A client that
leaves earlier, and a stream that is broken off, are in the record with what was sent until then.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

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
from fanout.simulator.line import LEFT, MIDWAY, UNANSWERED, ClientLeft, Line
from fanout.simulator.model import Decision
from fanout.simulator.world import World


class ModelEndpoint:
    """The endpoint of one API of a far end, as an ASGI app."""

    def __init__(self, world: World, api: Api) -> None:
        self.world = world
        self.api = api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        # Of a header that comes twice the first counts.
        headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"][::-1]}
        client = self.world.client(headers, scope.get("client"))
        exchange = self.world.recorder.begin("model", self.api.path, {}, client)
        with Line(receive, send) as line:
            try:
                raw = await line.body()
            except ClientLeft:
                exchange.leave(LEFT, None, "The request did not arrive whole.")
                return
            except Exception:  # it sends more than it may
                exchange.finish(
                    status=400, response=None, error="The request did not arrive whole."
                )
                raise
            await _Answer(self.world, self.api, exchange, headers, line).give(raw)


class _Answer:
    """The answer to one request, in the making."""

    def __init__(
        self, world: World, api: Api, exchange: Exchange, headers: Mapping[str, str], line: Line
    ) -> None:
        self.world = world
        self.api = api
        self.exchange = exchange
        self.asking = headers
        self.line = line
        self.seed = ""
        self.faults: list[Fault] = []

    async def give(self, raw: bytes) -> None:
        """Send the answer, whatever the bytes are."""
        fingerprint = hashlib.sha256(raw).hexdigest()
        self.seed = self.world.memory.seed(fingerprint)
        try:
            key = self._admit()
            heard = self._hear(raw, fingerprint, key)
            asked = heard.asked if heard.asked.key == key else replace(heard.asked, key=key)
            told = self._decide(heard, asked)
            await self._be_slow()
            if not asked.conversation.stream:
                await self._think(asked, told.usage.completion / asked.model.tokens_per_s)
            body = self.api.write(asked, told)
            self.api.remember(self.world.memory, asked, body)
        except ClientLeft:
            self.exchange.reply, self.exchange.tokens = None, 0
            self.exchange.leave(LEFT, None, UNANSWERED)
        except ApiError as error:
            await self._refuse(error)
        except Exception as bug:  # noqa: BLE001 (a learner should read what happened)
            await self._refuse(_apology(bug))
        else:
            await (self._stream if asked.conversation.stream else self._whole)(asked, told, body)

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
            error = self.api.fault(fault.kind, fault.options, model, self.seed)
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
        if self.world.fill is not None:
            await self.line.wait(self.world.fill.rest())
        for fault in self.faults:
            if fault.kind == "slow":
                await self.line.wait(fault.options["seconds"])

    async def _think(self, asked: Asked, writing: float = 0.0) -> None:
        """Wait until the model's first token, and for what is written before anything is sent."""
        await self.line.wait(self.world.pace * (asked.model.latency_s + writing))

    # --- Sending ----------------------------------------------------------------------------------

    async def _whole(self, _asked: Asked, _told: Told, body: dict[str, Any]) -> None:
        self.exchange.finish(status=200, response=body)
        await self._send(200, self._headers(), json.dumps(body))

    async def _stream(self, asked: Asked, told: Told, body: dict[str, Any]) -> None:
        """Send the chunks as the model writes them, up to the last, or to where they break off."""
        chunks = list(self.api.broken(self.api.stream(asked, told), [f.kind for f in self.faults]))
        sent: list[Chunk] = []
        self.line.listen()
        await self.line.begin(200, {**self._headers(), "content-type": _EVENTS})
        try:
            await self._think(asked)
            for chunk in self._interrupted(chunks):
                await self.line.wait(self.world.pace * chunk.tokens / asked.model.tokens_per_s)
                if chunk is chunks[-1]:
                    self.exchange.finish(status=200, response=body)
                await self.line.piece(chunk.encode())
                sent.append(chunk)
            await self.line.piece(b"", more=False)
        except _BrokenOff as end:
            self._break_off(told, sent)
            for chunk in end.last:
                await self.line.piece(chunk.encode())
            if end.last:  # else without the last piece, as a broken connection ends
                await self.line.piece(b"", more=False)
        except ClientLeft:
            if self.exchange.ended is None:
                words = f"{MIDWAY} It was sent {len(sent)} of {len(chunks)} events."
                self.exchange.leave(200, self._crossed(told, sent), words)
        finally:
            self._break_off(told, sent)

    def _break_off(self, told: Told, sent: Sequence[Chunk]) -> None:
        if self.exchange.ended is None:
            body = self._crossed(told, sent)
            self.exchange.finish(status=200, response=body, error="The stream was broken off.")

    def _crossed(self, told: Told, sent: Sequence[Chunk]) -> Any:
        """Note of a stream that did not reach its end what was sent, and give its body."""
        self.exchange.tokens = told.usage.prompt + sum(chunk.tokens for chunk in sent)
        if not sent:
            self.exchange.reply = None
            return None
        from fanout.simulator.live.assembly import said

        body, self.exchange.reply = said(self.api.path, sent)
        return body

    def _interrupted(self, chunks: Sequence[Chunk]) -> Iterator[Chunk]:
        """The chunks; raises where a fault ends them, with an error or with nothing at all."""
        for fault in self.faults:
            if fault.kind == "cut_stream":
                yield from chunks[: fault.options["after"]]
                raise _BrokenOff
            if fault.kind == "stream_error":
                sent = chunks[: fault.options["after"]]
                yield from sent
                error = self.api.fault("server_error", {}, "", self.seed)
                assert error is not None
                raise _BrokenOff(*self.api.failure(error, sent))
        yield from chunks

    def _headers(self) -> dict[str, str]:
        return self.api.headers(self.seed)

    async def _refuse(self, error: ApiError) -> None:
        body = self.api.error(error, self.seed)
        self.exchange.finish(status=error.status, response=body, error=error.message)
        headers = {**self.api.headers(self.seed, refused=True), **error.headers}
        await self._send(error.status, headers, json.dumps(body, indent=self.api.error_indent))

    async def _send(self, status: int, headers: Mapping[str, str], text: str) -> None:
        await self.line.whole(status, {**headers, "content-type": _JSON}, text.encode())


_JSON, _EVENTS = "application/json", "text/event-stream; charset=utf-8"


class _BrokenOff(Exception):
    """The stream ends here, with these last chunks; without any the connection is dropped."""

    def __init__(self, *last: Chunk) -> None:
        self.last = last


def _apology(bug: Exception) -> ApiError:
    words = (
        f"The offline model stumbled over this request ({type(bug).__name__}: {bug}). That is a "
        "mistake in the course's simulator, not in your code. Please report it with the request."
    )
    return ApiError(words, status=500, type="server_error")

"""A relay session over a real socket, against an upstream that does anything, whatever its host does."""

from __future__ import annotations

import asyncio
import gc
import json
from contextlib import suppress
from dataclasses import replace
from functools import partial

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from websockets.exceptions import ConnectionClosed

from captions.audio import ms_to_samples
from captions.errors import UpstreamError
from captions.relay.session import RelaySession
from captions.stt.connection import connect
from tests.captions.relay.running import FAST, Recorder
from tests.fuzz.effort import effort
from tests.fuzz.made import said, texts
from tests.fuzz.test_upstream_messages import RIGHT
from tests.upstream import fake_upstream, http_response

pytestmark = pytest.mark.timeout(0)

LIMITS = {
    "ring_ms": 4000,
    "quiet_flush_ms": 400,
    "idle_flush_s": 0.05,
    "flush_timeout_s": 0.05,
    "stop_timeout_s": 0.1,
    "quota_attempts": 3,
    "unstored_captions": 4,
}
STOPPED_S = 5.0
"""Six times the patience with a flush or a stop, and time for two busy cores."""


class Relaying(RuleBasedStateMachine):
    """The session runs between the rules; each of them lets it go on until it waits."""

    def __init__(self):
        super().__init__()
        self.loop = asyncio.Runner(debug=False)
        self.broken = []
        self.safe = 0
        self.visit = None
        self.refusal = None
        self.loop.get_loop().set_exception_handler(lambda loop, context: self.broken.append(context))

    @initialize(at_ms=st.sampled_from([0, 0, 30_000]), greets=st.integers(0, 5))
    def begin(self, at_ms, greets):
        self.greets = bool(greets)
        self.loop.run(self._begin(ms_to_samples(at_ms)))

    async def _begin(self, first_sample):
        self.context = fake_upstream(self._serve)
        self.fake = await self.context.__aenter__()
        self.fake.refuse = lambda number, request: self.refusal
        self.sink = Recorder()
        upstream = self.fake.upstream(open_timeout_s=0.3, close_timeout_s=0.1)
        self.session = RelaySession(
            connect=partial(connect, upstream),
            language="en-US",
            sink=self.sink,
            limits=replace(FAST, **LIMITS),
            first_sample=first_sample,
            next_utterance=7,
        )
        self.first = self.safe = first_sample
        self.task = asyncio.create_task(self.session.run())
        self.stopping = None
        await self._settle()

    async def _serve(self, visit):
        self.visit = visit
        if self.greets:
            await visit.begin()
        await visit.read_on()

    async def _settle(self):
        """Let what is on its way over the loopback arrive."""
        for _ in range(10):
            await asyncio.sleep(0.0005)

    # --- the host ---

    @rule(
        ms=st.integers(1, 300),
        hole_ms=st.sampled_from([0, 0, 0, 0, 1, 700]),
        back_ms=st.sampled_from([0, 0, 100]),
        odd=st.integers(0, 5),
    )
    def push(self, ms, hole_ms, back_ms, odd):
        first = max(0, self.session.samples + ms_to_samples(hole_ms - back_ms) + (odd == 1))
        self.loop.run(self._push(first, bytes(2 * ms_to_samples(ms))))

    async def _push(self, first, pcm):
        self.session.push(first, pcm)
        await self._settle()

    # --- the upstream ---

    @rule(text=said(*RIGHT))
    def say(self, text):
        self.loop.run(self._tell(text))

    @rule(data=st.binary(max_size=50))
    def say_bytes(self, data):
        self.loop.run(self._tell(data))

    @rule(
        offset=st.none() | st.integers(0, 5000),
        duration=st.none() | st.integers(0, 3000),
        text=st.sampled_from(["one", "two", ""]),
    )
    def say_a_final(self, offset, duration, text):
        self.loop.run(
            self._tell(
                json.dumps(
                    {
                        "type": "transcript",
                        "is_final": True,
                        "text": text,
                        "offset": offset,
                        "duration": duration,
                    }
                )
            )
        )

    @rule()
    def answer_a_flush(self):
        self.loop.run(self._tell('{"type":"flush_done"}'))

    @rule()
    def get_ready(self):
        self.loop.run(self._tell('{"type":"ready"}'))

    async def _tell(self, message):
        if self.visit is not None:
            with suppress(ConnectionClosed, UnicodeEncodeError):
                await self.visit.socket.send(message)
        await self._settle()

    @rule(
        code=st.sampled_from([1000, 1001, 1008, 1011, 1013, 4000, 4429, 4999]),
        reason=texts.map(lambda text: text[:30]),
    )
    def close(self, code, reason):
        self.loop.run(self._close(code, reason.encode("ascii", "ignore").decode()))

    async def _close(self, code, reason):
        if self.visit is not None:
            await self.visit.socket.close(code, reason)
        await self._settle()

    @rule(data=st.binary(max_size=30))
    def break_the_line(self, data):
        """Bytes that are no frame, then the end."""
        self.loop.run(self._break(data))

    async def _break(self, data):
        if self.visit is not None and not self.visit.socket.transport.is_closing():
            self.visit.socket.transport.write(data)
            await self._settle()
            self.visit.socket.transport.abort()
        await self._settle()

    @rule(
        status=st.sampled_from([None, None, 101, 200, 302, 400, 401, 403, 404, 429, 500, 503]),
        body=texts,
        after=st.sampled_from([None, "0", "1", "soon", "Wed, 21 Oct 2015 07:28:00 GMT"]),
    )
    def refuse_from_now_on(self, status, body, after):
        if status is None:
            self.refusal = None
            return
        self.refusal = http_response(
            status, body.encode("utf-8", "replace").decode(), **({"Retry_After": after} if after else {})
        )

    @rule(greets=st.booleans())
    def greet_from_now_on(self, greets):
        self.greets = greets

    @rule()
    def take_time(self):
        self.loop.run(asyncio.sleep(0.03))

    # --- the store ---

    @rule()
    def hold_or_let_go_of_the_store(self):
        self.loop.run(self._gate())

    async def _gate(self):
        if self.sink.gate.is_set():
            self.sink.gate.clear()
        else:
            self.sink.gate.set()
        await self._settle()

    # --- what holds ---

    @invariant()
    def nothing_is_stored_twice_and_all_of_it_in_order(self):
        if not hasattr(self, "sink"):
            return
        stored = self.sink.stored
        assert [caption.utterance for caption in stored] == list(range(7, 7 + len(stored)))
        reached = self.first // 16
        for caption in stored:
            assert caption.duration_ms >= 1
            assert caption.offset_ms >= reached - 1, stored
            reached = caption.offset_ms
            assert caption.offset_ms + caption.duration_ms <= max(
                self.session.samples // 16, caption.offset_ms + 1
            )

    @invariant()
    def what_is_safe_stays_safe_and_was_sent(self):
        if not hasattr(self, "session"):
            return
        assert self.safe <= self.session.safe_samples <= self.session.samples
        self.safe = self.session.safe_samples

    @invariant()
    def nothing_breaks(self):
        assert self.broken == []
        if hasattr(self, "task") and self.task.done() and not self.task.cancelled():
            error = self.task.exception()
            assert error is None or isinstance(error, UpstreamError), repr(error)

    def teardown(self):
        try:
            if hasattr(self, "session"):
                self.loop.run(self._end())
                self.nothing_is_stored_twice_and_all_of_it_in_order()
                self.what_is_safe_stays_safe_and_was_sent()
                self.nothing_breaks()
        finally:
            self.loop.close()

    async def _end(self):
        self.sink.gate.set()
        try:
            async with asyncio.timeout(STOPPED_S):
                await self.session.stop()
                with suppress(UpstreamError):
                    await self.task
        finally:
            self.task.cancel()
            await asyncio.gather(self.task, return_exceptions=True)
            await self.context.__aexit__(None, None, None)
        assert self.session.upstream == "ended"
        assert self.session.safe_samples == self.session.samples // 16 * 16
        await asyncio.sleep(0)
        left = asyncio.all_tasks() - {asyncio.current_task()}
        assert not left, left
        gc.collect(0)


TestRelaying = Relaying.TestCase
TestRelaying.settings = effort(15, steps=25)

"""The socket of the page that is talked with: speech in, its text out."""

from __future__ import annotations

import asyncio

from django.db import Error as DatabaseFailed

from captions.conf import conf
from captions.consumers.speaker import SpeakerSocket
from captions.errors import BadMessage, CaptionError, Superseded, Unavailable
from captions.live import talk_messages
from captions.live.counts import counts
from captions.live.outbox import Outgoing
from captions.live.spend import may_talk
from captions.live.talk_messages import End, Start, Stop
from captions.live.talking import Talk
from captions.live.tasks import end, spawn


class TalkConsumer(SpeakerSocket):
    """``/ws/talk/``. An account talks in one place at a time: the newest start takes over."""

    kind = "talk"
    talk: Talk | None = None
    running: asyncio.Task[None] | None = None

    async def opened(self) -> None:
        await super().opened()
        self.stack.push_async_callback(self._hang_up)

    def heard_text(self, text: str) -> None:
        command = talk_messages.parse(text, max_bytes=conf.max_text_bytes)
        match command:
            case Start():
                self.later(lambda: self._start(command))
            case Stop():
                self.later(self._stop)

    def heard_bytes(self, data: bytes) -> None:
        if not self.entered:
            return  # Whether they may speak at all is still being asked.
        try:
            pcm = talk_messages.parse_pcm(data, max_ms=conf.max_chunk_ms)
            if self.talk is None or not self.talk.ready:
                raise BadMessage("Say start first, and send audio once it is answered by ready.")
            self.talk.push(pcm)
        except CaptionError as exc:
            counts.chunks_refused[exc.code] += 1
            raise

    def leave(self, error: CaptionError) -> None:
        """Nothing is sent upstream for a page that is told to go."""
        if self.running is not None and self.running is not asyncio.current_task():
            self.running.cancel()
        super().leave(error)

    async def _start(self, start: Start) -> None:
        if self.talk is not None:
            raise BadMessage("This socket is listening already.")
        meter = await may_talk(self.speaker.user_id)
        before = _talking.get(self.speaker.user_id)
        if before is not None and before is not self:
            before.leave(Superseded())
        _talking[self.speaker.user_id] = self
        self.talk = Talk(start.language, self, meter)
        self.running = spawn(self._listen(self.talk), name="talk")

    async def _stop(self) -> None:
        if self.talk is None:
            raise BadMessage("This socket does not listen.")
        if self.talk.ready:
            self.talk.stop()
            return
        await self._hang_up()
        self._say_stopped(End.ASKED)

    async def _listen(self, talk: Talk) -> None:
        try:
            reason = await talk.run()
        except CaptionError as exc:
            self.leave(exc)
        except DatabaseFailed:
            self.leave(Unavailable())
        else:
            self._say_stopped(reason)
        finally:
            self.talk = None
            if _talking.get(self.speaker.user_id) is self:
                del _talking[self.speaker.user_id]

    def _say_stopped(self, reason: End) -> None:
        self.tell(Outgoing("stopped", talk_messages.encode_stopped(reason)))

    async def _hang_up(self) -> None:
        """Let go of the upstream at once."""
        await end(self.running)


_talking: dict[int, TalkConsumer] = {}
"""Who talks here now, by account."""

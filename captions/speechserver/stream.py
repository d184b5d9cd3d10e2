"""One realtime connection that listens: socket, protocol and recogniser, introduced to each other."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from aiohttp import web

from captions.audio import samples_in, samples_to_ms
from captions.speechserver.connection import Connection
from captions.speechserver.conversation import Heard
from captions.speechserver.journal import Visit
from captions.speechserver.pool import AllTaken, Pool
from captions.speechserver.protocol import (
    Action,
    Close,
    Drop,
    Feed,
    Finish,
    OpenRecogniser,
    Send,
    SttProtocol,
)
from captions.speechserver.recogniser import Recogniser, RecogniserLost
from captions.speechserver.switches import Switches

LARGE_CHUNK_MS = 500

log = structlog.get_logger(__name__)


class Stream(Connection[Action]):
    """Serves one accepted socket until it is closed, by whichever side, and its recogniser let go of."""

    def __init__(
        self,
        socket: web.WebSocketResponse,
        protocol: SttProtocol,
        *,
        pool: Pool,
        switches: Callable[[], Switches],
        visit: Visit,
        abort: Callable[[], None],
    ) -> None:
        super().__init__(socket, protocol, switches=switches, visit=visit, abort=abort)
        self._protocol = protocol
        self._pool = pool
        self._recogniser: Recogniser | None = None
        self._has_warned = False

    async def act(self, action: Action) -> None:
        match action:
            case Send() | Close() | Drop():
                await self._queue(action)
            case Feed(pcm=pcm):
                self._warn_once(samples_to_ms(samples_in(pcm)))
                if self._recogniser is not None:
                    await self._recogniser.feed(pcm)
            case Finish():
                if self._recogniser is not None:
                    await self._recogniser.flush()
            case OpenRecogniser(language=language):
                await self._open(language)

    async def _open(self, language: str) -> None:
        try:
            self._recogniser = await self.stack.enter_async_context(self._pool.recogniser(language))
        except AllTaken:
            log.info("session_refused", reason="all_taken", limit=self._pool.limit)
            await self.act_all(self._protocol.exhausted(self._pool.limit))
        except RecogniserLost as exc:
            log.warning("recogniser_lost", reason=str(exc))
            await self.act_all(self._protocol.failed())
        else:
            self.group.create_task(self._listen(self._recogniser))
            await self.act_all(self._protocol.opened())

    async def _listen(self, recogniser: Recogniser) -> None:
        try:
            while True:
                reply = await recogniser.next_reply()
                if isinstance(reply, Heard):
                    await self.act_all(self._protocol.heard(reply.transcripts, reply.samples))
                else:
                    await self.act_all(self._protocol.finished(reply.transcripts))
        except RecogniserLost as exc:
            log.warning("recogniser_lost", reason=str(exc), pid=recogniser.pid)
            await self.act_all(self._protocol.failed())

    def _warn_once(self, chunk_ms: int) -> None:
        """Say that a client sends chunks that make captions late (voice-API contract, U19)."""
        if chunk_ms > LARGE_CHUNK_MS and not self._has_warned:
            self._has_warned = True
            log.warning("chunk_large", chunk_ms=chunk_ms, visit=self._visit.number)

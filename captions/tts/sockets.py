"""Speech over a provider's WebSocket; only our own errors leave it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI
from websockets.protocol import State

from captions.errors import CaptionError, FaultKind, VoiceGarbled, VoiceLost, VoiceSilent
from captions.tts.events import Done, Piece, Reading, Ready, Sound, Warned, Wire
from captions.tts.patience import Patience
from captions.tts.refusals import refused
from captions.tts.service import Service
from captions.tts.speech import Speech
from captions.tts.watch import Watch
from captions.tts.wire import Garbled, SocketWire, Turn
from captions.upstream.faults import Fault, close_kind, retry_after_s
from captions.upstream.sockets import opened
from captions.words import gettext_noop as _

NO_END = _("The service did not say that it had finished. What was heard is probably all.")
CLOSE_TIMEOUT_S = 2.0
GOOD_CLOSES = (1000, 1001, 1005)

Step = Reading | Wire | Warned | Piece


class _Idle(Exception):
    """A connection that had served before was closed before it answered: it had been idle for too long."""


@asynccontextmanager
async def lines(service: Service, wire: SocketWire, speech: Speech, watch: Watch) -> AsyncIterator[Line]:
    """A line to the service, opened with the first turn. Left in any other way than by :meth:`Line.hang_up`,
    it is dropped: a provider that is told nothing more must not go on for as long as a polite goodbye takes.
    """
    line = Line(service, wire, speech, watch)
    try:
        yield line
    finally:
        await line.drop()


class Line:
    """A socket to a service: opened when it is needed, and again when it was closed in between."""

    def __init__(self, service: Service, wire: SocketWire, speech: Speech, watch: Watch) -> None:
        self._service = service
        self._wire = wire
        self._speech = speech
        self._watch = watch
        self._socket: ClientConnection | None = None
        self._has_served = False
        """Whether a turn was answered on this connection."""
        self._has_audio = False
        """Of the turn that is on."""
        self._is_binary = False
        """How the last of it came."""

    async def take(self, turn: Turn) -> AsyncGenerator[Step, None]:
        """Say a turn and give what comes until the provider has finished with it. Closing it breaks the
        connection at once. Raises ``VoiceRefused``, ``VoiceLost``, ``VoiceSilent`` or ``VoiceGarbled``.
        """
        is_whole = False
        try:
            try:
                async for step in self._answered(turn):
                    yield step
            except _Idle:
                await self.drop()
                async for step in self._answered(turn):
                    yield step
            is_whole = True
        finally:
            if not is_whole:
                await self.drop()
        if self._wire.is_one_turn:
            for wire in await self.hang_up():
                yield wire

    async def hang_up(self) -> list[Wire]:
        """Close in good order; what is shown of it."""
        socket, self._socket = self._socket, None
        if socket is None:
            return []
        try:
            await socket.close()
        finally:
            # Cancelled in between, nobody would hold it any more.
            socket.transport.abort()
        return [self._watch.line("out", "close", "1000")]

    async def drop(self) -> None:
        """Break the connection now."""
        socket, self._socket = self._socket, None
        if socket is not None:
            socket.transport.abort()
            await socket.wait_closed()

    async def _answered(self, turn: Turn) -> AsyncGenerator[Step, None]:
        self._has_audio = self._is_binary = False
        if self._socket is None or self._socket.state is not State.OPEN:
            await self.drop()
            async for step in self._open():
                yield step
        for message in turn.messages:
            yield await self._send(message)
        async for step in self._until_done():
            if turn.piece is not None and isinstance(step, Sound) and step.data and not self._has_audio:
                yield turn.piece
            if isinstance(step, Sound) and step.data:
                self._has_audio = True
            yield step
        self._has_served = True

    async def _open(self) -> AsyncGenerator[Step, None]:
        self._socket = await _open(self._service, self._wire)
        self._has_served = False
        self._watch.note("connect_ms")
        yield self._watch.line("in", "open", f"{self._service.ws_url}{self._wire.path}")
        greeting = self._wire.greeting(self._speech)
        if greeting is None:
            self._watch.note("ready_ms")
            return
        yield await self._send(greeting)
        patience = Patience(self._service.connect_timeout_s, self._service.connect_timeout_s)
        while True:
            for step in await self._next(patience):
                yield step
                if isinstance(step, Ready):
                    return
                if isinstance(step, Fault):
                    raise refused(self._service, step)

    async def _send(self, message: str) -> Wire:
        """Send one message; what is shown of it."""
        assert self._socket is not None  # noqa: S101 - it was opened for this turn
        error: Exception
        try:
            async with asyncio.timeout(self._service.idle_timeout_s):
                await self._socket.send(message)
        except TimeoutError:
            error = VoiceLost(service=self._service.provider.label)
        except ConnectionClosed as exc:
            error = self._closed(exc)
        else:
            return self._watch.text("out", message)
        raise error

    async def _until_done(self) -> AsyncGenerator[Step, None]:
        """All that comes until the provider has finished, or says nothing more (contract, 3.6 and 6.2)."""
        patience = Patience(self._service.first_byte_timeout_s, self._service.idle_timeout_s)
        while True:
            ends_s = self._wire.silence_ends_s if self._is_binary else None
            try:
                steps = await self._next(patience, ends_s)
            except VoiceSilent:
                if not self._has_audio:
                    raise
                if ends_s is None:
                    yield Warned(NO_END)
                await self.drop()
                return
            for step in steps:
                if isinstance(step, Fault):
                    raise refused(self._service, step)
                if isinstance(step, Sound) and step.data:
                    patience.heard()
                yield step
                if isinstance(step, Done):
                    return

    async def _next(self, patience: Patience, most_s: float | None = None) -> list[Step]:
        """One message as it is shown, and what it says; waits as long as there is patience, or ``most_s``."""
        assert self._socket is not None  # noqa: S101 - it was opened for this turn
        label = self._service.provider.label
        error: Exception
        left_s = patience.left_s
        try:
            with patience.waiting():
                async with asyncio.timeout(left_s if most_s is None else min(most_s, left_s)):
                    message = await self._socket.recv()
            self._is_binary = isinstance(message, bytes)
            if isinstance(message, bytes):
                return [self._watch.binary("in", len(message)), *self._wire.decode(message)]
            return [self._watch.text("in", message), *self._wire.decode(message)]
        except TimeoutError:
            error = VoiceSilent(service=label, waited_s=f"{patience.limit_s:g}")
        except Garbled:
            error = VoiceGarbled(service=label)
        except ConnectionClosed as exc:
            code = _code(exc)
            if self._wire.close_ends and self._has_audio and code in GOOD_CLOSES:
                return [self._watch.line("in", "close", str(code)), Done()]
            error = self._closed(exc)
        raise error

    def _closed(self, exc: ConnectionClosed) -> Exception:
        """Why a socket closed before the end; its reason may quote the key, so it is left out."""
        code = _code(exc)
        if self._has_served and not self._has_audio:
            return _Idle()
        kind = None if self._has_audio else close_kind(code)
        if kind is not None:
            return refused(self._service, Fault(kind, "", f"CLOSE_{code}"))
        cut_off = VoiceLost.cut_off if self._has_audio else ""
        return VoiceLost(cut_off, service=self._service.provider.label)


def _code(exc: ConnectionClosed) -> int:
    return int(exc.rcvd.code) if exc.rcvd is not None else 1006


async def _open(service: Service, wire: SocketWire) -> ClientConnection:
    """The handshake. Errors are raised with nothing behind them: the library's frames hold the key."""
    label = service.provider.label
    error: CaptionError
    try:
        return await _handshake(service, wire)
    except asyncio.CancelledError as exc:
        raise exc.with_traceback(None) from None
    except InvalidStatus as exc:
        response = exc.response
        found = wire.refusal(bytes(response.body or b""), response.status_code)
        error = refused(service, found, retry_after_s(response.headers.get("Retry-After")))
    except (InvalidURI, ValueError):
        error = refused(service, Fault(FaultKind.CONFIG, "", "ADDRESS"))
    except (OSError, InvalidHandshake, EOFError):
        error = VoiceLost(service=label)
    raise error


async def _handshake(service: Service, wire: SocketWire) -> ClientConnection:
    return await opened(
        wire.address(service),
        open_timeout=service.connect_timeout_s,
        close_timeout=CLOSE_TIMEOUT_S,
        ping_interval=None,
        max_size=service.max_message_bytes,
        # A slow reader slows the provider: what waits here is small.
        max_queue=4,
    )

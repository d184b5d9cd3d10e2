"""Speech over a provider's WebSocket, one connection a speech; only our own errors leave it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI

from captions.errors import CaptionError, FaultKind, VoiceGarbled, VoiceLost, VoiceSilent
from captions.tts import voxnexus
from captions.tts.events import Done, Reading, Ready, Sound, Warned, Wire
from captions.tts.refusals import refused
from captions.tts.service import Service
from captions.tts.speech import Speech
from captions.tts.text import split
from captions.tts.watch import Watch
from captions.upstream.faults import Fault, close_kind, retry_after_s
from captions.upstream.sockets import opened
from captions.words import gettext_noop as _

NO_END = _("The service did not say that it had finished. What was heard is probably all.")
CLOSE_TIMEOUT_S = 2.0

Step = Reading | Wire | Warned


async def speak(service: Service, speech: Speech, watch: Watch) -> AsyncGenerator[Step, None]:
    """Say ``init``, send the text, give what comes until the provider has finished.

    Closing it breaks the connection at once. Raises ``VoiceRefused``, ``VoiceLost``, ``VoiceSilent`` or
    ``VoiceGarbled``.
    """
    async with _opened(service) as socket:
        watch.note("connect_ms")
        yield watch.line("in", "open", f"{service.ws_url}{voxnexus.SOCKET_PATH}")
        conversation = _Conversation(service, socket, watch)
        yield await conversation.send(voxnexus.init(speech))
        async for step in conversation.until_ready():
            yield step
        pieces = split(speech.text, service.provider.longest_characters)
        for number, piece in enumerate(pieces, 1):
            yield await conversation.send(voxnexus.text(piece, is_final=number == len(pieces)))
        async for step in conversation.until_done():
            yield step
        await socket.close()
        yield watch.line("out", "close", "1000")


class _Conversation:
    """What is said and heard on one socket."""

    def __init__(self, service: Service, socket: ClientConnection, watch: Watch) -> None:
        self._service = service
        self._socket = socket
        self._watch = watch
        self._has_audio = False

    async def send(self, message: str) -> Wire:
        """Send one message; what is shown of it."""
        error: CaptionError
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

    async def until_ready(self) -> AsyncGenerator[Step, None]:
        """All that comes until the provider takes text."""
        while True:
            for step in await self._next(self._service.connect_timeout_s):
                yield step
                if isinstance(step, Ready):
                    return
                if isinstance(step, Fault):
                    raise refused(self._service, step)

    async def until_done(self) -> AsyncGenerator[Step, None]:
        """All that comes until the provider has finished, or says nothing more (contract, 3.6)."""
        while True:
            limit_s = self._service.idle_timeout_s if self._has_audio else self._service.first_byte_timeout_s
            try:
                steps = await self._next(limit_s)
            except VoiceSilent:
                if not self._has_audio:
                    raise
                yield Warned(NO_END)
                return
            for step in steps:
                yield step
                if isinstance(step, Fault):
                    raise refused(self._service, step)
                if isinstance(step, Sound) and step.data:
                    self._has_audio = True
                if isinstance(step, Done):
                    return

    async def _next(self, limit_s: float) -> list[Step]:
        """One message as it is shown, and what it says."""
        label = self._service.provider.label
        error: CaptionError
        try:
            async with asyncio.timeout(limit_s):
                message = await self._socket.recv()
            if isinstance(message, bytes):
                return [self._watch.binary("in", len(message)), *voxnexus.decode(message)]
            return [self._watch.text("in", message), *voxnexus.decode(message)]
        except TimeoutError:
            error = VoiceSilent(service=label, waited_s=f"{limit_s:g}")
        except voxnexus.Garbled:
            error = VoiceGarbled(service=label)
        except ConnectionClosed as exc:
            error = self._closed(exc)
        raise error

    def _closed(self, exc: ConnectionClosed) -> CaptionError:
        """Why a socket closed before the end; its reason may quote the key, so it is left out."""
        code = int(exc.rcvd.code) if exc.rcvd is not None else 1006
        kind = None if self._has_audio else close_kind(code)
        if kind is not None:
            return refused(self._service, Fault(kind, "", f"CLOSE_{code}"))
        cut_off = VoiceLost.cut_off if self._has_audio else ""
        return VoiceLost(cut_off, service=self._service.provider.label)


@asynccontextmanager
async def _opened(service: Service) -> AsyncIterator[ClientConnection]:
    """An open socket. Left in any other way than by its own close, the line is dropped: a provider that
    is told nothing more must not go on for as long as a polite goodbye takes.
    """
    socket = await _open(service)
    try:
        yield socket
    finally:
        socket.transport.abort()
        await socket.wait_closed()


async def _open(service: Service) -> ClientConnection:
    """The handshake. Errors are raised with nothing behind them: the library's frames hold the key."""
    label = service.provider.label
    error: CaptionError
    try:
        return await _handshake(service)
    except asyncio.CancelledError as exc:
        raise exc.with_traceback(None) from None
    except InvalidStatus as exc:
        response = exc.response
        found = voxnexus.read_refusal(bytes(response.body or b""), response.status_code)
        error = refused(service, found, retry_after_s(response.headers.get("Retry-After")))
    except (InvalidURI, ValueError):
        error = refused(service, Fault(FaultKind.CONFIG, "", "ADDRESS"))
    except (OSError, InvalidHandshake, EOFError):
        error = VoiceLost(service=label)
    raise error


async def _handshake(service: Service) -> ClientConnection:
    return await opened(
        service.ws_url.rstrip("/") + voxnexus.SOCKET_PATH,
        key=service.key,
        auth=service.auth,
        open_timeout=service.connect_timeout_s,
        close_timeout=CLOSE_TIMEOUT_S,
        ping_interval=None,
        max_size=service.max_message_bytes,
        # A slow reader slows the provider: what waits here is small.
        max_queue=4,
    )

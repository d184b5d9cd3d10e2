"""One connection to the upstream: opened, spoken to, read, closed; only our own errors leave it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI

from captions.errors import FaultKind, UpstreamError, UpstreamGarbled, UpstreamLost, UpstreamRefused
from captions.stt.codec import Codec
from captions.stt.events import Event, Ready
from captions.stt.upstream import Upstream
from captions.upstream.faults import Fault, classify, close_kind, retry_after_s
from captions.upstream.secret import Secret
from captions.upstream.sockets import opened
from captions.upstream.voxnexus import address, read_error

PATH = "/v1/stt/realtime"


class Connection:
    """An upstream that has said ``ready``. Iterate over it for events.

    ``send_audio``, ``flush`` and ``ping`` wait while the line is full, for ``send_timeout_s`` at
    most; all of them, and the iteration, raise ``UpstreamLost`` once the connection is gone. The
    iteration first gives what had already come in. Cancelling any of them is safe.
    """

    def __init__(self, socket: ClientConnection, codec: Codec, *, key: Secret, send_timeout_s: float) -> None:
        self._socket = socket
        self._codec = codec
        self._key = key
        self._send_timeout_s = send_timeout_s
        self._closing = False
        self.ready = Ready()

    async def send_audio(self, pcm: bytes) -> None:
        """Send one chunk of PCM. Raises ``BadChunk`` for half a sample."""
        await self._send(self._codec.audio(pcm))

    async def flush(self) -> None:
        """Ask the upstream to finish; it answers with ``Flushed``."""
        await self._send(self._codec.flush())

    async def ping(self) -> None:
        """Send the protocol's own ping; nobody waits for an answer."""
        await self._send(self._codec.ping())

    def __aiter__(self) -> AsyncIterator[Event]:
        return self

    async def __anext__(self) -> Event:
        """The next event. Raises ``UpstreamLost`` or ``UpstreamGarbled``; ends only after ``close``."""
        error: UpstreamError
        try:
            return self._read(await self._socket.recv())
        except ConnectionClosed as exc:
            if self._closing:
                raise StopAsyncIteration from None
            error = _Closed(exc)
        except UpstreamGarbled as exc:
            error = UpstreamGarbled(*exc.args)
        raise error  # Here, where nothing hangs on it: see _open.

    def _read(self, message: str | bytes) -> Event:
        event = self._codec.decode(message)
        return event.redacted(self._key) if isinstance(event, Fault) else event

    async def close(self) -> None:
        """Say goodbye (1000), within the upstream's close limit; cancelled, drop the line instead."""
        self._closing = True
        try:
            await self._socket.close()
        except asyncio.CancelledError:
            self.abort()
            raise

    def abort(self) -> None:
        """Drop the line at once: for an upstream that no longer takes what it is sent."""
        self._socket.transport.abort()

    async def _send(self, message: str) -> None:
        try:
            async with asyncio.timeout(self._send_timeout_s):
                await self._socket.send(message)
        except TimeoutError as exc:
            # The library's keepalive waits for the same full line, so nobody else would notice.
            raise UpstreamLost("The speech service no longer takes audio.") from exc
        except ConnectionClosed as exc:
            error = _Closed(exc)
        else:
            return
        raise error


@asynccontextmanager
async def connect(upstream: Upstream, language: str) -> AsyncIterator[Connection]:
    """A connection that is ready for audio in ``language``; closed on the way out.

    Raises ``UpstreamRefused`` with its kind for a refusal in any form (HTTP status, error message,
    close code), ``UpstreamLost`` for no answer, no route, or a line that broke, and
    ``UpstreamGarbled`` for something that is not the protocol. None of them shows the key.
    """
    key = upstream.api_key
    socket = await _open(upstream)
    connection = Connection(
        socket,
        Codec(model=upstream.model, language=language),
        key=key,
        send_timeout_s=upstream.ping_timeout_s,
    )
    try:
        await _begin(connection, upstream.open_timeout_s)
        yield connection
    finally:
        await connection.close()


class _Closed(UpstreamLost):
    """The other side closed; ``received`` is its code. Its reason may quote the key, so it is left out."""

    def __init__(self, exc: ConnectionClosed) -> None:
        self.received = int(exc.rcvd.code) if exc.rcvd is not None else 1006
        super().__init__(f"The connection to the speech service was lost (close code {self.received}).")


async def _open(upstream: Upstream) -> ClientConnection:
    """The handshake. Its errors are raised with nothing behind them, neither cause nor context: the frames
    of the library hold our headers and address, its errors what was answered, and a key may be in each."""
    error: UpstreamError
    try:
        return await _handshake(upstream)
    except asyncio.CancelledError as exc:
        raise exc.with_traceback(None) from None
    except InvalidStatus as exc:
        error = _refused_handshake(exc, upstream.api_key)
    except TimeoutError:
        error = UpstreamLost("The speech service did not answer.")
    except OSError:
        error = UpstreamLost("The speech service could not be reached.")
    except (InvalidURI, ValueError):
        error = UpstreamRefused(kind=FaultKind.CONFIG, upstream_code="VOXNEXUS_WS_URL")
    except (InvalidHandshake, EOFError):
        error = UpstreamLost("The speech service broke off the handshake.")
    raise error


async def _handshake(upstream: Upstream) -> ClientConnection:
    return await opened(
        address(upstream.ws_url.rstrip("/") + PATH, key=upstream.api_key, auth=upstream.auth),
        open_timeout=upstream.open_timeout_s,
        close_timeout=upstream.close_timeout_s,
        ping_interval=upstream.ping_interval_s,
        ping_timeout=upstream.ping_timeout_s,
        max_size=upstream.max_message_bytes,
    )


async def _begin(connection: Connection, timeout_s: float) -> None:
    """Introduce ourselves and wait for ``ready``."""
    try:
        async with asyncio.timeout(timeout_s):
            await connection._send(connection._codec.init())
            async for event in connection:
                if isinstance(event, Ready):
                    connection.ready = event
                    return
                if isinstance(event, Fault):
                    raise UpstreamRefused(
                        event.message,
                        kind=event.kind,
                        upstream_code=event.upstream_code,
                        request_id=event.request_id,
                    )
    except TimeoutError as exc:
        raise UpstreamLost("The speech service did not get ready.") from exc
    except _Closed as exc:
        raise _refused_close(exc.received) or exc from None


def _refused_handshake(exc: InvalidStatus, key: Secret) -> UpstreamRefused:
    status = exc.response.status_code
    fault = read_error(bytes(exc.response.body or b"")) or Fault(FaultKind.TRANSIENT, "")
    fault = fault.redacted(key)
    return UpstreamRefused(
        fault.message,
        kind=classify(fault.upstream_code, fault.message, status),
        upstream_code=fault.upstream_code or f"HTTP_{status}",
        retry_after_s=retry_after_s(exc.response.headers.get("Retry-After")),
        request_id=fault.request_id,
    )


def _refused_close(code: int) -> UpstreamRefused | None:
    """A close before ``ready`` that means no (contract, U3 and U21)."""
    kind = close_kind(code)
    if kind is None:
        return None
    return UpstreamRefused(
        kind=kind,
        upstream_code=f"CLOSE_{code}",
    )

"""The speech server as an aiohttp application: routes, keys, and what belongs to one running server.

A routing table per vendor is all a further one needs: paths of the vendors do not collide.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import asdict
from typing import Any

import structlog
from aiohttp import web

from captions.errors import CaptionError
from captions.speechserver.access import Admitted, Denied, check_key, is_foreign
from captions.speechserver.journal import Journal
from captions.speechserver.pool import Pool
from captions.speechserver.protocol import MODELS, Server, SttProtocol, error_message
from captions.speechserver.stream import Stream
from captions.speechserver.switches import Switches

LARGEST_MESSAGE_BYTES = 1 << 20

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

log = structlog.get_logger(__name__)


class SpeechServer:
    """State of one server, and its handlers."""

    def __init__(self, pool: Pool, *, switches: Switches | None = None, host: str = "127.0.0.1") -> None:
        self.pool = pool
        self.journal = Journal()
        self._defaults = switches or Switches()
        self.switches = self._defaults
        self._host = host
        self._streams: set[Stream] = set()
        self._dropped = 0
        self._request_ids = 0

    def application(self) -> web.Application:
        """The routes; the model is loaded when the application starts and let go of when it ends."""
        app = web.Application(middlewares=[self._only_ours])
        app.add_routes(self.voxnexus_routes())
        app.add_routes(self.control_routes())
        app.cleanup_ctx.append(self._with_pool)
        app.on_shutdown.append(self._say_goodbye)
        return app

    def voxnexus_routes(self) -> list[web.RouteDef]:
        """What the vendor serves."""
        return [
            web.get("/v1/stt/realtime", self.realtime),
            web.get("/v1/models", self._with_key(self.models)),
        ]

    def control_routes(self) -> list[web.RouteDef]:
        """What only tests ask for."""
        return [
            web.get("/_emu/config", self._with_key(self.show_config)),
            web.post("/_emu/config", self._with_key(self.change_config)),
            web.post("/_emu/reset", self._with_key(self.reset)),
            web.post("/_emu/drop", self._with_key(self.drop)),
            web.get("/_emu/log", self._with_key(self.show_log)),
        ]

    def configure(self, **switches: object) -> None:
        """Set switches, by contract name or ours; they hold for open connections too."""
        self.switches = self.switches.changed(switches)

    def start_over(self) -> None:
        """Defaults again, nothing remembered."""
        self.switches = self._defaults
        self.journal.clear()
        self._dropped = 0
        self._request_ids = 0

    def drop_all(self) -> int:
        """Break every open connection now; gives their number."""
        for stream in tuple(self._streams):
            stream.drop()
        return len(self._streams)

    async def close_all(self, code: int) -> int:
        """Close every open connection in good order; gives their number."""
        streams = tuple(self._streams)
        await asyncio.gather(*(stream.close(code) for stream in streams))
        return len(streams)

    # Handlers

    async def realtime(self, request: web.Request) -> web.StreamResponse:
        """``/v1/stt/realtime``: real HTTP statuses before the handshake is done."""
        verdict = check_key(request.headers, request.query, self.switches)
        if isinstance(verdict, Denied) and not self._denies_after_handshake(verdict):
            return _denial(self._as_switched(verdict))
        socket = web.WebSocketResponse(
            autoclose=False, compress=False, max_msg_size=LARGEST_MESSAGE_BYTES, timeout=2.0
        )
        await socket.prepare(request)
        if isinstance(verdict, Denied):
            await self._deny_after_handshake(socket, verdict)
            return socket
        await self._serve(request, socket, verdict)
        return socket

    async def models(self, request: web.Request) -> web.StreamResponse:
        """``/v1/models``; every model name stands for the one engine there is."""
        engine = self.pool.engine
        return web.json_response(
            {
                "models": [
                    {
                        "model_id": model,
                        "name": engine.label,
                        "type": "stt",
                        "languages": list(engine.languages),
                        "engine": engine.name,
                    }
                    for model in MODELS
                ]
            }
        )

    async def show_config(self, request: web.Request) -> web.StreamResponse:
        """All switches, by contract name."""
        return web.json_response(self.switches.as_contract())

    async def change_config(self, request: web.Request) -> web.StreamResponse:
        """Set switches from a JSON object."""
        try:
            values = await request.json()
        except ValueError:
            values = None
        if not isinstance(values, dict):
            return _json_error(400, "INVALID_REQUEST", "a JSON object of switches is expected")
        try:
            self.configure(**values)
        except CaptionError as exc:
            return _json_error(400, "INVALID_REQUEST", str(exc))
        return await self.show_config(request)

    async def reset(self, request: web.Request) -> web.StreamResponse:
        """Defaults again, logs cleared."""
        self.start_over()
        return await self.show_config(request)

    async def drop(self, request: web.Request) -> web.StreamResponse:
        """Break all connections."""
        return web.json_response({"dropped": self.drop_all()})

    async def show_log(self, request: web.Request) -> web.StreamResponse:
        """What each connection has sent."""
        return web.json_response({"connections": [asdict(visit) for visit in self.journal.visits]})

    # Parts

    async def _serve(self, request: web.Request, socket: web.WebSocketResponse, admitted: Admitted) -> None:
        visit = self.journal.visit(admitted.how)
        protocol = SttProtocol(
            Server(
                switches=lambda: self.switches,
                languages=self.pool.engine.languages,
                engine=self.pool.engine.name,
                next_request_id=self._next_request_id,
                may_drop=self._may_drop,
            ),
            may_transform=admitted.may_transform,
        )
        transport = request.transport
        stream = Stream(
            socket,
            protocol,
            pool=self.pool,
            switches=lambda: self.switches,
            visit=visit,
            abort=transport.abort if isinstance(transport, asyncio.WriteTransport) else lambda: None,
        )
        self._streams.add(stream)
        try:
            await stream.run()
        finally:
            self._streams.discard(stream)
            visit.is_open = False

    def _denies_after_handshake(self, denied: Denied) -> bool:
        return denied.status == 401 and self.switches.bad_key in {"error_then_1008", "close_4401"}

    def _as_switched(self, denied: Denied) -> Denied:
        if denied.status == 401 and self.switches.bad_key == "http403":
            return Denied(403, "FORBIDDEN", denied.message)
        return denied

    async def _deny_after_handshake(self, socket: web.WebSocketResponse, denied: Denied) -> None:
        if self.switches.bad_key == "close_4401":
            await socket.close(code=4401)
            return
        await socket.send_json(error_message(denied.code, denied.message))
        await socket.close(code=1008)

    def _with_key(self, handler: Handler) -> Handler:
        async def checked(request: web.Request) -> web.StreamResponse:
            switches = self.switches.changed({"refuse_status": 0}) if _is_control(request) else self.switches
            verdict = check_key(request.headers, request.query, switches)
            return _denial(verdict) if isinstance(verdict, Denied) else await handler(request)

        return checked

    @web.middleware
    async def _only_ours(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if is_foreign(request.headers, self._host):
            return _json_error(403, "FORBIDDEN", "requests of other sites are refused")
        return await handler(request)

    def _next_request_id(self) -> str:
        self._request_ids += 1
        return f"req_emu_{self._request_ids:06d}"

    def _may_drop(self) -> bool:
        if self.switches.drop_times and self._dropped >= self.switches.drop_times:
            return False
        self._dropped += 1
        return True

    async def _with_pool(self, app: web.Application) -> AsyncIterator[None]:
        await self.pool.start()
        yield
        await self.pool.close()

    async def _say_goodbye(self, app: web.Application) -> None:
        await asyncio.gather(*(stream.go_away() for stream in tuple(self._streams)))


@contextlib.asynccontextmanager
async def listening(
    server: SpeechServer, *, host: str = "127.0.0.1", port: int = 0, fd: int | None = None
) -> AsyncIterator[int]:
    """Serve on a loopback port, or on an inherited listening socket; gives the port.

    Raises ``EngineUnavailable`` if the model cannot be loaded and ``OSError`` if the port is taken.
    Leaving closes every connection with 1001 and ends every process.
    """
    runner = web.AppRunner(server.application(), access_log=None, handle_signals=False, shutdown_timeout=4.0)
    await runner.setup()
    try:
        if fd is not None:
            bound = socket.socket(fileno=fd)
            site: web.BaseSite = web.SockSite(runner, bound)
        else:
            site = web.TCPSite(runner, host, port)
        await site.start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


def _is_control(request: web.Request) -> bool:
    return request.path.startswith("/_emu/")


def _denial(denied: Denied) -> web.Response:
    headers = {"Retry-After": denied.retry_after} if denied.retry_after else {}
    return _json_error(denied.status, denied.code, denied.message, headers)


def _json_error(status: int, code: str, message: str, headers: dict[str, Any] | None = None) -> web.Response:
    return web.json_response({"error": message, "code": code}, status=status, headers=headers)

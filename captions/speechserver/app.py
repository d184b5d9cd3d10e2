"""The speech server as an aiohttp application.

A routing table per vendor is all a further one needs: paths of the vendors do not collide.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import AsyncIterator

from aiohttp import web
from aiohttp.typedefs import Handler

from captions.speechserver import control
from captions.speechserver.access import is_foreign
from captions.speechserver.server import SpeechServer
from captions.speechserver.vendors import (
    vachana_speak,
    vachana_talk_socket,
    voicemaker_convert,
    voicemaker_talk_socket,
    voicemaker_voices,
    voxnexus_files,
    voxnexus_listen,
    voxnexus_speak,
    voxnexus_talk_socket,
    voxnexus_voices,
)
from captions.speechserver.vendors.voxnexus import json_error

__all__ = ["SpeechServer", "application", "listening"]

VENDORS = (
    *(voxnexus_listen, voxnexus_files, voxnexus_voices, voxnexus_speak, voxnexus_talk_socket),
    *(vachana_talk_socket, vachana_speak),
    *(voicemaker_voices, voicemaker_talk_socket, voicemaker_convert),
)


def application(server: SpeechServer) -> web.Application:
    """The routes; the engines are loaded when the application starts and let go of when it ends."""

    @web.middleware
    async def only_ours(request: web.Request, handler: Handler) -> web.StreamResponse:
        if is_foreign(request.headers, server.host):
            return json_error(403, "FORBIDDEN", "requests of other sites are refused")
        return await handler(request)

    async def engines(app: web.Application) -> AsyncIterator[None]:
        await server.start()
        yield
        await server.end()

    async def say_goodbye(app: web.Application) -> None:
        await server.say_goodbye()

    app = web.Application(middlewares=[only_ours])
    for part in (control, *VENDORS):
        app.add_routes(part.routes(server))
    app.cleanup_ctx.append(engines)
    app.on_shutdown.append(say_goodbye)
    return app


@contextlib.asynccontextmanager
async def listening(
    server: SpeechServer, *, host: str = "127.0.0.1", port: int = 0, fd: int | None = None
) -> AsyncIterator[int]:
    """Serve on a loopback port, or on an inherited listening socket; gives the port.

    Raises ``EngineUnavailable`` if the model cannot be loaded and ``OSError`` if the port is taken.
    Leaving closes every connection with 1001 and ends every process.
    """
    runner = web.AppRunner(application(server), access_log=None, handle_signals=False, shutdown_timeout=4.0)
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

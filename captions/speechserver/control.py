"""What only tests ask the server for: its switches, and what its clients have sent."""

from __future__ import annotations

from dataclasses import asdict

from aiohttp import web

from captions.errors import CaptionError
from captions.speechserver.access import Denied, check_key
from captions.speechserver.server import SpeechServer
from captions.speechserver.vendors.voxnexus import Handler, denial, json_error


def routes(server: SpeechServer) -> list[web.RouteDef]:
    """The routes of the emulator contract, 8.1. They need the key, whatever else is refused."""
    control = _Control(server)
    return [
        web.get("/_emu/config", control.keyed(control.show_config)),
        web.post("/_emu/config", control.keyed(control.change_config)),
        web.post("/_emu/reset", control.keyed(control.reset)),
        web.post("/_emu/drop", control.keyed(control.drop)),
        web.get("/_emu/log", control.keyed(control.show_log)),
    ]


class _Control:
    def __init__(self, server: SpeechServer) -> None:
        self._server = server

    async def show_config(self, request: web.Request) -> web.StreamResponse:
        """All switches, by contract name."""
        return web.json_response(self._server.switches.as_contract())

    async def change_config(self, request: web.Request) -> web.StreamResponse:
        """Set switches from a JSON object."""
        try:
            values = await request.json()
        except ValueError:
            values = None
        if not isinstance(values, dict):
            return json_error(400, "INVALID_REQUEST", "a JSON object of switches is expected")
        try:
            self._server.configure(**values)
        except CaptionError as exc:
            return json_error(400, "INVALID_REQUEST", str(exc))
        return await self.show_config(request)

    async def reset(self, request: web.Request) -> web.StreamResponse:
        """Defaults again, logs cleared."""
        self._server.start_over()
        return await self.show_config(request)

    async def drop(self, request: web.Request) -> web.StreamResponse:
        """Break all connections."""
        return web.json_response({"dropped": self._server.drop_all()})

    async def show_log(self, request: web.Request) -> web.StreamResponse:
        """What each connection has sent, and how many syntheses there are now."""
        return web.json_response(
            {
                "connections": [asdict(visit) for visit in self._server.journal.visits],
                "speaking": self._server.speaker.speaking,
            }
        )

    def keyed(self, handler: Handler) -> Handler:
        async def checked(request: web.Request) -> web.StreamResponse:
            switches = self._server.switches.changed({"refuse_status": 0})
            verdict = check_key(request.headers, request.query, switches)
            return denial(verdict) if isinstance(verdict, Denied) else await handler(request)

        return checked

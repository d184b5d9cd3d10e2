"""VoxNexus: realtime recognition and the list of its models."""

from __future__ import annotations

from aiohttp import web

from captions.speechserver.access import Admitted
from captions.speechserver.handshake import accept, breaker
from captions.speechserver.protocol import MODELS, Server, SttProtocol
from captions.speechserver.server import SpeechServer
from captions.speechserver.stream import Stream
from captions.speechserver.vendors.voxnexus import keyed, realtime


def routes(server: SpeechServer) -> list[web.RouteDef]:
    """``/v1/stt/realtime`` and ``/v1/models``."""

    async def listen(request: web.Request, admitted: Admitted) -> web.StreamResponse:
        return await _listen(server, request, admitted)

    async def models(request: web.Request, admitted: Admitted) -> web.StreamResponse:
        return _models(server)

    return [
        web.get("/v1/stt/realtime", realtime(server, listen)),
        web.get("/v1/models", keyed(server, models)),
    ]


async def _listen(server: SpeechServer, request: web.Request, admitted: Admitted) -> web.StreamResponse:
    socket = await accept(request)
    protocol = SttProtocol(
        Server(
            switches=lambda: server.switches,
            languages=server.pool.engine.languages,
            engine=server.pool.engine.name,
            next_request_id=server.next_request_id,
            may_drop=server.may_drop,
        ),
        may_transform=admitted.may_transform,
    )
    with server.journal.visiting(admitted.how, request.path) as visit:
        stream = Stream(
            socket,
            protocol,
            pool=server.pool,
            switches=lambda: server.switches,
            visit=visit,
            abort=breaker(request),
        )
        with server.holding(stream):
            await stream.run()
    return socket


def _models(server: SpeechServer) -> web.StreamResponse:
    """Every model name stands for the one engine there is."""
    engine = server.pool.engine
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

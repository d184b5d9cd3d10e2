"""VoxNexus: what its endpoints share, keys and errors (voice-API contract, 2 and 8.4)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from captions.speechserver.access import Admitted, Denied, check_key
from captions.speechserver.handshake import accept
from captions.speechserver.protocol import POLICY, Refusal, error_message
from captions.speechserver.server import SpeechServer

STATUS = {
    "VOICE_NOT_FOUND": 404,
    "MODEL_NOT_FOUND": 404,
    "LLM_NOT_ENABLED": 403,
    "TEXT_TOO_LONG": 413,
    "AUDIO_TOO_LARGE": 413,
    "RATE_LIMITED": 429,
    "INTERNAL_ERROR": 500,
    "UNAVAILABLE": 503,
}
"""HTTP statuses of error codes; all others are 400. The last is ours: a library is missing."""
CODES = {401: "UNAUTHORIZED", 403: "FORBIDDEN", 429: "RATE_LIMITED", 503: "UNAVAILABLE"}
"""Error codes of HTTP statuses that were set on purpose; all others are INTERNAL_ERROR."""

CREATED_AT = "2026-01-01T00:00:00Z"
"""When everything was made: results do not depend on the clock (8.1)."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
AdmittedHandler = Callable[[web.Request, Admitted], Awaitable[web.StreamResponse]]


def keyed(server: SpeechServer, handler: AdmittedHandler) -> Handler:
    """A handler of plain HTTP that is only asked with a good key."""

    async def checked(request: web.Request) -> web.StreamResponse:
        verdict = check_key(request.headers, request.query, server.switches)
        return denial(verdict) if isinstance(verdict, Denied) else await handler(request, verdict)

    return checked


def speaking(server: SpeechServer, handler: AdmittedHandler) -> AdmittedHandler:
    """A handler that is only asked where something can be spoken, and where it is not to be refused."""

    async def checked(request: web.Request, admitted: Admitted) -> web.StreamResponse:
        refused = server.gate.refusal()
        if refused is None:
            return await handler(request, admitted)
        code = CODES.get(refused.status, "INTERNAL_ERROR")
        return json_error(refused.status, code, refused.message, refused.headers)

    return checked


def realtime(server: SpeechServer, handler: AdmittedHandler) -> Handler:
    """A handler of sockets: a bad key is refused as the switches say, before or after the handshake."""

    async def checked(request: web.Request) -> web.StreamResponse:
        verdict = check_key(request.headers, request.query, server.switches)
        if isinstance(verdict, Admitted):
            return await handler(request, verdict)
        bad_key = server.switches.bad_key
        if verdict.status == 401 and bad_key in {"error_then_1008", "close_4401"}:
            return await _deny_after_handshake(request, verdict, bad_key)
        if verdict.status == 401 and bad_key == "http403":
            verdict = Denied(403, "FORBIDDEN", verdict.message)
        return denial(verdict)

    return checked


def denial(denied: Denied) -> web.Response:
    """A refusal over HTTP."""
    headers = {"Retry-After": denied.retry_after} if denied.retry_after else {}
    return json_error(denied.status, denied.code, denied.message, headers)


def refusal(refused: Refusal, request_id: str) -> web.Response:
    """A refused request, over HTTP."""
    body = {"error": str(refused), "code": refused.code, "request_id": request_id}
    return web.json_response(body, status=STATUS.get(refused.code, 400))


def json_error(status: int, code: str, message: str, headers: dict[str, Any] | None = None) -> web.Response:
    """The error body of the contract, 2.2."""
    return web.json_response({"error": message, "code": code}, status=status, headers=headers)


async def _deny_after_handshake(request: web.Request, denied: Denied, how: str) -> web.WebSocketResponse:
    socket = await accept(request)
    if how == "close_4401":
        await socket.close(code=4401)
    else:
        await socket.send_json(error_message(denied.code, denied.message))
        await socket.close(code=POLICY)
    return socket

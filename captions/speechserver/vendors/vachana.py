"""Vachana: what its endpoints share, keys and errors (voice-API contract, 6.1, 6.4 and 8.6)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from captions.speechserver.access import Admitted, Denied, admit
from captions.speechserver.server import SpeechServer

TYPES = {400: "INVALID_REQUEST_ERROR", 401: "UNAUTHORIZED", 403: "FORBIDDEN", 429: "RATE_LIMIT_ERROR"}
"""Kinds of errors by HTTP status; 503 has its own, all others are ``API_ERROR``."""
INVALID = 400

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
AdmittedHandler = Callable[[web.Request, Admitted], Awaitable[web.StreamResponse]]


class Refused(Exception):
    """A request that cannot be done, with the HTTP status that it has."""

    def __init__(self, message: str, status: int = INVALID) -> None:
        super().__init__(message)
        self.status = status


def keyed(server: SpeechServer, handler: AdmittedHandler) -> Handler:
    """A handler that is only asked with a good key, and where something can be spoken."""

    async def checked(request: web.Request) -> web.StreamResponse:
        key = request.headers.get("X-API-Key-ID", "")
        verdict = admit(key, "header" if key else "none", server.switches)
        if isinstance(verdict, Denied):
            # A key that is none is told from one that is missing (8.6).
            status = 403 if verdict.status == 401 and key else verdict.status
            headers = {"Retry-After": verdict.retry_after} if verdict.retry_after else {}
            return refusal(status, verdict.message, headers)
        if server.switches.va_strict and request.content_type != "application/json":
            return refusal(INVALID, "Content-Type has to be application/json")
        refused = server.gate.refusal()
        if refused is not None:
            return refusal(refused.status, refused.message, refused.headers)
        return await handler(request, verdict)

    return checked


def error(status: int, message: str) -> dict[str, object]:
    """The body of an error."""
    kind = "SERVICE_UNAVAILABLE" if status == 503 else TYPES.get(status, "API_ERROR")
    return {"success": False, "error": {"type": kind, "message": message}}


def refusal(status: int, message: str, headers: Mapping[str, str] | None = None) -> web.Response:
    """An error over HTTP."""
    return web.json_response(error(status, message), status=status, headers=headers)

"""Voicemaker: what its endpoints share, keys and errors (voice-API contract, 5 and 8.5)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from captions.speechserver.access import Admitted, Denied, admit
from captions.speechserver.server import SpeechServer

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
AdmittedHandler = Callable[[web.Request, Admitted], Awaitable[web.StreamResponse]]


class Refused(Exception):
    """A request that cannot be done: a message, and a sentence for each fault."""

    def __init__(self, message: str, errors: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.errors = errors


def keyed(server: SpeechServer, handler: AdmittedHandler) -> Handler:
    """A handler that is only asked with a good key."""

    async def checked(request: web.Request) -> web.StreamResponse:
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        key = key if scheme.lower() == "bearer" else ""
        verdict = admit(key, "bearer" if key else "none", server.switches)
        if not isinstance(verdict, Denied):
            return await handler(request, verdict)
        message = "Unauthorized" if verdict.status == 401 else verdict.message
        headers = {"Retry-After": verdict.retry_after} if verdict.retry_after else {}
        return web.json_response(failure(message), status=verdict.status, headers=headers)

    return checked


def speaking(server: SpeechServer, handler: AdmittedHandler) -> AdmittedHandler:
    """A handler that is only asked where something can be spoken, and where it is not to be refused."""

    async def checked(request: web.Request, admitted: Admitted) -> web.StreamResponse:
        refused = server.gate.refusal()
        if refused is None:
            return await handler(request, admitted)
        body = failure(refused.message)
        return web.json_response(body, status=refused.status, headers=refused.headers)

    return checked


def failure(message: str, errors: tuple[str, ...] = ()) -> dict[str, object]:
    """The message of a failure."""
    body: dict[str, object] = {"success": False, "message": message}
    return body | ({"errors": list(errors)} if errors else {})


def refusal(refused: Refused, headers: Mapping[str, str] | None = None) -> web.Response:
    """A failure over HTTP."""
    return web.json_response(failure(str(refused), refused.errors), status=400, headers=headers)

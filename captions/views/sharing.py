"""What pages of other sites may fetch: a room's captions, where its owner allows the site (CORS)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.db import Error as DatabaseFailed
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import patch_vary_headers

from captions import database, origins
from captions.errors import RoomNotFound
from captions.services import embedding
from captions.services.rooms import find_room

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, str, P], Coroutine[Any, Any, HttpResponseBase]]
PREFLIGHT_AGE_S = 300


def shared(
    view: Callable[Concatenate[HttpRequest, str, P], Awaitable[HttpResponseBase]],
) -> View[P]:
    """Let pages of the sites that a public room allows read the answer; never with a cookie of ours."""

    @wraps(view)
    async def wrapper(
        request: HttpRequest, /, slug: str, *args: P.args, **kwargs: P.kwargs
    ) -> HttpResponseBase:
        origin = origins.parse(request.headers.get("Origin", ""))
        allowed = origin is not None and await _may_read(slug, origin)
        if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
            response: HttpResponseBase = HttpResponse(status=204)
            if allowed:
                response["Access-Control-Allow-Methods"] = "GET"
                response["Access-Control-Allow-Headers"] = "Accept, Last-Event-ID"
                response["Access-Control-Max-Age"] = str(PREFLIGHT_AGE_S)
        else:
            response = await view(request, slug, *args, **kwargs)
        patch_vary_headers(response, ["Origin"])
        if allowed:
            response["Access-Control-Allow-Origin"] = str(origin)
            response["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response

    return wrapper


async def _may_read(slug: str, origin: origins.Origin) -> bool:
    try:
        return await database.read(_is_allowed, slug, origin)
    except (RoomNotFound, DatabaseFailed):
        return False


def _is_allowed(slug: str, origin: origins.Origin) -> bool:
    room = find_room(slug)
    return room.is_public and embedding.may_embed(room.pk, origin)

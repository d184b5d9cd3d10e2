"""What pages of other sites may read of ours (CORS): where a room's owner has allowed it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.db import Error as DatabaseFailed
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers

from captions import database, origins
from captions.errors import RoomNotFound
from captions.origins import Origin
from captions.services import embedding
from captions.services.rooms import find_room

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], Coroutine[Any, Any, HttpResponseBase]]

FRESH_S = 300
"""How long a browser may take an answer to a preflight for the present one."""


def shared(view: View[P]) -> View[P]:
    """A view of the room ``slug`` whose answers pages of allowed sites may read, refusals among them.

    In rooms that are open to whoever has their link, and never with a cookie. Others get no header, so
    that their browser keeps the answer from them. A preflight is answered here.
    """

    @wraps(view)
    async def wrapper(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        site = await _allowed(request, str(kwargs["slug"]))
        response: HttpResponseBase
        if request.method == "OPTIONS":
            response = HttpResponse(status=204)
            if site is not None:
                response["Access-Control-Allow-Methods"] = "GET"
                response["Access-Control-Allow-Headers"] = "Accept, Last-Event-ID"
                response["Access-Control-Max-Age"] = str(FRESH_S)
        else:
            response = await view(request, *args, **kwargs)
        if site is not None:
            response["Access-Control-Allow-Origin"] = str(site)
            response["Cross-Origin-Resource-Policy"] = "cross-origin"
        patch_vary_headers(response, ["Origin"])
        return response

    return wrapper


async def _allowed(request: HttpRequest, slug: str) -> Origin | None:
    """The site whose page asks, if it may read the room's captions."""
    site = origins.parse(request.headers.get("Origin", ""))
    if site is None:
        return None
    try:
        return site if await database.read(_may_read, slug, site) else None
    except DatabaseFailed:
        return None  # the view says what is wrong


def _may_read(slug: str, site: Origin) -> bool:
    try:
        room = find_room(slug)
    except RoomNotFound:
        return False
    return room.is_public and embedding.may_embed(room.pk, site)

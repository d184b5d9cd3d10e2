"""For whatever watches over this process: is it alive, and can it serve."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

import structlog
from channels.layers import get_channel_layer
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from captions import database
from captions.conf import conf

log = structlog.get_logger(__name__)

PATIENCE_S = 3.0


@require_safe
async def alive(request: HttpRequest) -> HttpResponse:
    """The event loop turns. Asks nothing else of anybody."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
async def ready(request: HttpRequest) -> HttpResponse:
    """Whether database and channel layer answer and a speech service is configured; 503 if not."""
    checks = {
        "database": await _answers("database", database.read(_ask_database)),
        "layer": await _answers("layer", _ask_layer()),
        "upstream": bool(conf.stt.ws_url and conf.stt.api_key),
    }
    body = {name: "ok" if fine else "failed" for name, fine in checks.items()}
    return JsonResponse(body, status=200 if all(checks.values()) else 503)


def _ask_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


async def _ask_layer() -> None:
    layer = get_channel_layer()
    if layer is None:
        raise RuntimeError("no channel layer is configured")
    # To a group that nobody is in: it reaches the layer's server and leaves nothing behind there.
    await layer.group_send("readyz", {"type": "ready.check"})


async def _answers(name: str, question: Awaitable[None]) -> bool:
    try:
        async with asyncio.timeout(PATIENCE_S):
            await question
    except Exception as exc:
        log.warning("not_ready", part=name, error=type(exc).__name__)
        return False
    return True

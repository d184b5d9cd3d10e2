"""A room's captions as a strip, for a frame on somebody else's site."""

from __future__ import annotations

from typing import Final

import structlog
from django.db import Error as DatabaseFailed
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from captions import origins
from captions.consumers.visitor import is_ours
from captions.errors import CaptionError, NotAllowed, RoomClosed, Unavailable
from captions.i18n import said
from captions.live import embeds
from captions.live.counts import counts
from captions.models import Room
from captions.services import captions, embedding
from captions.services.passes import NOT_TO_EMBED
from captions.services.rooms import find_room
from captions.views.framing import framed_by, shown_elsewhere

WRITTEN_SEGMENTS: Final = 10
"""Captions in the page itself, for where there is no script."""

log = structlog.get_logger(__name__)


@require_safe
@xframe_options_exempt
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """The captions for a frame, or in one sentence why there are none.

    Nothing of it depends on who asks: it reads no session, and sets no cookie.
    """
    patterns: list[str] = []
    context: dict[str, object] = {}
    error: CaptionError | None = None
    try:
        room = find_room(slug)
        patterns = embedding.patterns_of(room.pk)
        _note_frame(request, room, patterns)
        _require_embeddable(room)
        context = {"room": room, "segments": captions.newest(room.pk, WRITTEN_SEGMENTS).segments}
    except CaptionError as exc:
        error = exc
    except DatabaseFailed as exc:
        log.warning("embed_without_database", error=type(exc).__name__)
        error = Unavailable()
    if error is not None:
        counts.refusals[error.code] += 1
        context = {"words": said(error)}
    status = error.http_status if error is not None else 200
    # Without the request: the page can know no visitor.
    response = HttpResponse(render_to_string("captions/embed.html", context), status=status)
    return framed_by(shown_elsewhere(response), patterns)


def _require_embeddable(room: Room) -> None:
    if not room.is_public:
        raise NotAllowed(NOT_TO_EMBED)
    if not room.is_open:
        raise RoomClosed


def _note_frame(request: HttpRequest, room: Room, patterns: list[str]) -> None:
    """Count a page that shows us in a frame, by what it says of itself; most say their origin."""
    if request.headers.get("Sec-Fetch-Dest") != "iframe":
        return
    origin = origins.of_address(request.headers.get("Referer", ""))
    if origin is None or is_ours(str(origin), request.get_host()):
        return
    accepted = room.is_public and any(origins.matches(pattern, origin) for pattern in patterns)
    embeds.seen(room.pk, str(origin), accepted)

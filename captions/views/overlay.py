"""A room's captions over somebody's picture: the page that OBS loads as a browser source."""

from __future__ import annotations

import structlog
from django.db import Error as DatabaseFailed
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from captions import i18n
from captions.conf import conf
from captions.errors import CaptionError, RoomClosed, Unavailable
from captions.i18n import said
from captions.live.counts import counts
from captions.models import Room
from captions.services import embedding, overlays
from captions.services.rooms import find_room
from captions.views.framing import framed_by, shown_elsewhere

AGAIN_S = 30
"""When a page that could not be made for want of the database is loaded again."""

log = structlog.get_logger(__name__)


@require_safe
@xframe_options_exempt
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """The captions, or in their place why there are none, in words. Its status is 200 whatever happens.

    What is drawn is in somebody's stream: a page that says 404 would be, too. How the captions look is
    read from the address by the browser; nothing of the address comes into the page.
    """
    room: Room | None = None
    error: CaptionError | None = None
    try:
        room = find_room(slug)
        is_preview = "sample" in request.GET
        overlays.come_in(room, request.GET.get("key", ""), note=not is_preview)
        if not room.is_open:
            error = RoomClosed()  # the captions go on by themselves when it is open again
    except CaptionError as exc:
        room, error = None, exc
    except DatabaseFailed as exc:
        log.warning("overlay_without_database", error=type(exc).__name__)
        room, error = None, Unavailable()
    if error is not None:
        counts.refusals[error.code] += 1
    # Without the request: the page knows no account and no session, so it sets and varies by no cookie.
    with translation.override(_language_of(request)):
        context = {"room": room, "words": said(error) if error is not None else ""}
        response = shown_elsewhere(HttpResponse(render_to_string("captions/overlay.html", context)))
    if isinstance(error, Unavailable):
        response["Refresh"] = str(AGAIN_S)
    return framed_by(response, embedding.patterns_of(room.pk) if room is not None else [])


def _language_of(request: HttpRequest) -> str:
    """Of the overlay's own words: what its address asks for, else what the browser does."""
    asked = request.GET.get("lang", "").lower().partition("-")[0]
    ours = {i18n.ENGLISH, *conf.interface_languages}
    return asked if asked in ours else translation.get_language() or i18n.ENGLISH

"""The captions of a room as plain text, for screen readers, braille displays and old browsers."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from captions.errors import BadMessage, NotAllowed, RoomNotFound
from captions.live.messages import parse_version
from captions.services import captions, sessions
from captions.views.problems import problem
from captions.views.viewer import readable

SEGMENTS = 200
"""Captions of one page; older ones are behind a link."""
REFRESH_S = 15
"""Where no script adds what is new, the page is loaded again so often, unless its reader stops that."""


@require_safe
@never_cache
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """The newest captions, or those before the version ``?before=``; ``?refresh=off`` stands still."""
    try:
        room = readable(request, slug)
        before = parse_version(request.GET.get("before"))
    except (RoomNotFound, NotAllowed, BadMessage) as exc:
        return problem(request, exc, testid="viewer-state")
    if slug != room.slug:
        return redirect("plain-text", room.slug)
    if before is None:
        found = captions.newest(room.pk, SEGMENTS)
        oldest = min((segment["version"] for segment in found.segments), default=0)
    else:
        found = captions.before(room.pk, before, SEGMENTS)
        oldest = found.version
    is_newest = before is None
    context = {
        "room": room,
        "segments": found.segments,
        "earlier": oldest if found.more else None,
        "is_newest": is_newest,
        "is_live": sessions.is_live(room.pk),
        "refresh_s": REFRESH_S if is_newest and request.GET.get("refresh") != "off" else 0,
        "socket_path": f"/ws/rooms/{room.slug}/",
        "segments_path": reverse("segments", args=[room.slug]),
    }
    return render(request, "captions/text.html", context)

"""The page whose link people share."""

from __future__ import annotations

import io
from uuid import UUID

import segno
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from captions.errors import NotAllowed, NotSignedIn, RoomNotFound
from captions.models import Room
from captions.services import captions, listening, passes, rooms, sessions
from captions.views.callers import caller
from captions.views.problems import problem

NO_SEGMENT = UUID(int=0)
"""Stands in an address for a caption that is yet to come."""
WRITTEN_SEGMENTS = 50
"""Newest captions in the page itself, for the moment before the socket answers and for no script."""


@require_safe
@never_cache
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """The captions of a room, for whoever may read it; else why not, in words."""
    try:
        room = readable(request, slug)
    except (RoomNotFound, NotAllowed) as exc:
        return problem(request, exc, testid="viewer-state")
    if slug != room.slug:
        return redirect("viewer", room.slug)
    newest = captions.newest(room.pk, WRITTEN_SEGMENTS)
    context = {
        "room": room,
        "segments": newest.segments,
        "is_live": sessions.is_live(room.pk),
        "socket_path": f"/ws/rooms/{room.slug}/",
        "segments_path": reverse("segments", args=[room.slug]),
        "text_path": reverse("plain-text", args=[room.slug]),
        "voices": listening.offered(room),
        "reading_path": reverse("reading", args=[room.slug, NO_SEGMENT]),
        "may_host": passes.may_speak(room, caller(request)),
    }
    return render(request, "captions/viewer.html", context)


@require_safe
def qr(request: HttpRequest, slug: str) -> HttpResponse:
    """The page's link as a QR code: black on white, for a scanner, whatever the theme."""
    try:
        room = readable(request, slug)
    except (RoomNotFound, NotAllowed) as exc:
        return problem(request, exc)
    link = request.build_absolute_uri(reverse("viewer", args=[room.slug]))
    image = io.BytesIO()
    segno.make(link, error="m", micro=False).save(
        image, kind="svg", xmldecl=False, border=2, svgclass=None, lineclass=None, omitsize=True
    )
    response = HttpResponse(image.getvalue(), content_type="image/svg+xml")
    response["X-Content-Type-Options"] = "nosniff"
    return response


def readable(request: HttpRequest, slug: str) -> Room:
    """The room, if whoever asks may read it; raises :class:`RoomNotFound`, :class:`NotAllowed`."""
    room = rooms.find_room(slug)
    try:
        passes.come_in(room, caller(request))
    except NotSignedIn as exc:
        raise NotAllowed(passes.NOT_A_MEMBER) from exc
    return room

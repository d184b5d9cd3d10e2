"""What was said in a session, to read, to take away, to name and to delete."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from captions.errors import NotAllowed, SessionStillLive, SessionUnknown
from captions.forms import SessionForm
from captions.live.broadcast import tell_room
from captions.models import Session
from captions.services import passes, rooms, sessions, transcripts
from captions.transcripts.formats import FORMATS
from captions.views.callers import caller
from captions.views.problems import explained
from captions.views.rooms import signed_in
from captions.words import gettext_noop


def find(session_id: UUID) -> Session:
    """The session with its room and host; raises :class:`SessionUnknown`."""
    found = Session.objects.select_related("room", "host", "guest_link").filter(pk=session_id).first()
    if found is None:
        raise SessionUnknown(gettext_noop("There is no such session. It may have been deleted."))
    return found


def managed(request: HttpRequest, session_id: UUID) -> Session:
    """The session, if whoever asks owns its room."""
    user = signed_in(request)
    session = find(session_id)
    if not rooms.may_manage(session.room, user):
        raise NotAllowed(gettext_noop("This is for the room's owner."))
    return session


@require_safe
@explained
def review(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """The transcript with its times."""
    user = signed_in(request)
    session = find(session_id)
    if not rooms.may_review(session.room, user):
        raise NotAllowed(
            gettext_noop("This account may not review this room's transcripts. Its owner can add you.")
        )
    return session_page(request, session)


def session_page(request: HttpRequest, session: Session, form: SessionForm | None = None) -> HttpResponse:
    """The page of a session, with the form as it came back where something was wrong with it."""
    segments = list(session.segments.order_by("offset_ms", "utterance"))
    context = {
        "session": session,
        "room": session.room,
        "segments": segments,
        "length_ms": max((segment.end_ms for segment in segments), default=0),
        "spoken": sum(not segment.is_gap for segment in segments),
        "formats": FORMATS,
        "form": form or SessionForm(initial={"title": session.title}),
        "is_on_air": session.is_on_air(),
        "may_manage": rooms.may_manage(session.room, request.user),
        "nav": "rooms",
    }
    return render(request, "captions/session.html", context, status=422 if form else 200)


@require_POST
@explained
def rename(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """Give the session a title, or none."""
    session = managed(request, session_id)
    form = SessionForm(request.POST)
    if not form.is_valid():
        return session_page(request, session, form)
    sessions.rename(session, form.cleaned_data["title"])
    messages.success(request, _("The session's title is saved."))
    return redirect("session-review", session.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@explained
def delete(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """Ask, then delete the session with all that was said in it."""
    session = managed(request, session_id)
    context = {"session": session, "room": session.room, "nav": "rooms"}
    if request.method != "POST":
        return render(request, "captions/session_delete.html", context)
    try:
        version = sessions.delete(session)
    except SessionStillLive as exc:
        return render(
            request, "captions/session_delete.html", {**context, "error": exc}, status=exc.http_status
        )
    tell_room(session.room_id, {"type": "removed", "version": version, "session": str(session_id)})
    messages.success(request, _("The session is deleted."))
    return redirect("room", session.room.slug)


@require_safe
@explained
def transcript(request: HttpRequest, session_id: UUID, format: str) -> HttpResponse:
    """The transcript as a file, for whoever may read along in its room."""
    if format not in FORMATS:
        raise Http404
    session = find(session_id)
    passes.come_in(session.room, caller(request))
    file = transcripts.download(session, format)
    response = HttpResponse(file.text, content_type=file.content_type)
    response["Content-Disposition"] = file.disposition
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response

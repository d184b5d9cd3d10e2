"""What happens in a room as plain HTTP: server-sent events, and pages of segments as JSON."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine
from functools import partial, wraps
from typing import Any, Concatenate, ParamSpec

import structlog
from django.db import Error as DatabaseFailed
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.views.decorators.http import require_GET

from captions import database
from captions.conf import conf
from captions.errors import BadMessage, CaptionError, RoomClosed, SlowReader, Unavailable
from captions.live import messages
from captions.live.counts import counts
from captions.live.doorkeeper import Place, admitted
from captions.live.hub import in_room
from captions.live.outbox import INTERIM, Outbox, Outgoing
from captions.models import Room
from captions.services import captions as segments_of
from captions.services.passes import Pass, overlay_pass, view_pass
from captions.services.rooms import find_room
from captions.views.callers import caller
from captions.views.sharing import shared

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], Coroutine[Any, Any, HttpResponseBase]]

log = structlog.get_logger(__name__)


def explained(view: View[P]) -> View[P]:
    """Errors of ours as the JSON of the socket, with their HTTP status."""

    @wraps(view)
    async def wrapper(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        try:
            return await view(request, *args, **kwargs)
        except CaptionError as exc:
            counts.refusals[exc.code] += 1
            return _json(messages.encode_error(exc), status=exc.http_status)
        except DatabaseFailed:
            counts.refusals[Unavailable.code] += 1
            return _json(messages.encode_error(Unavailable()), status=Unavailable.http_status)

    return wrapper


@shared
@require_GET
@explained
async def segments(request: HttpRequest, slug: str) -> HttpResponseBase:
    """A page: what changed after ``?after=``, oldest change first, or before ``?before=``, newest first.

    The shape of ``changes``. With ``more`` the next page is after (before) the ``version`` given.
    Without either it is the newest.
    """
    after = messages.parse_version(request.GET.get("after"))
    before = messages.parse_version(request.GET.get("before"))
    if after is not None and before is not None:
        raise BadMessage("Ask for what came after a version or for what was before one, not for both.")
    room, _ = await enter(request, slug)
    limit, max_bytes = conf.page_segments, conf.changes_bytes
    if after is not None:
        found = await database.read(segments_of.after, room.pk, after, limit, max_bytes)
    elif before is not None:
        found = await database.read(segments_of.before, room.pk, before, limit, max_bytes)
    else:
        found = await database.read(segments_of.newest, room.pk, limit, max_bytes)
    refill = messages.encode_refill(
        version=found.version, segments=found.segments, more=found.more, removed=found.removed
    )
    return _json(messages.encode_changes(refill))


@shared
@require_GET
@explained
async def events(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The viewer socket's messages as server-sent events; ``Last-Event-ID`` or ``?after=`` goes on."""
    after = messages.parse_version(request.headers.get("Last-Event-ID") or request.GET.get("after"))
    room, held = await enter(request, slug)
    response = StreamingHttpResponse(_stream(request, room, held, after), content_type="text/event-stream")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"  # nginx would hold captions back until a buffer is full
    return response


async def enter(request: HttpRequest, slug: str) -> tuple[Room, Pass | None]:
    """The room, and what lets whoever asks read along, where that is needed."""
    room = await database.read(find_room, slug)
    anybody = room.is_public and not request.GET.get("overlay")
    held = None if anybody else await _show_pass(request, room)
    if not room.is_open:
        raise RoomClosed
    return room, held


async def _show_pass(request: HttpRequest, room: Room) -> Pass:
    # Not by ``auser``: its connection to the database would stay open for as long as the stream.
    return await database.read(_pass_of, request, room)


def _pass_of(request: HttpRequest, room: Room) -> Pass:
    if token := request.GET.get("overlay"):
        return overlay_pass(room, token)
    return view_pass(room, caller(request))


async def _stream(
    request: HttpRequest, room: Room, held: Pass | None, after: int | None
) -> AsyncIterator[bytes]:
    outbox = Outbox(max_messages=conf.outbox_messages, max_bytes=conf.outbox_bytes, held=True)

    def leave(error: CaptionError) -> None:
        outbox.finish(Outgoing("error", messages.encode_error(error)), code=error.close_code)

    place = Place(room.pk, held, leave, partial(_show_pass, request))
    with counts.connection("stream"), admitted(place):
        async with in_room(room.pk) as hub:
            hub.seat(outbox)
            try:
                outbox.release(await hub.greeting(room, after), *hub.status)
                while (out := await outbox.next()) is not None:
                    yield as_event(out)
                    counts.delivered(out, "stream")
            except (SlowReader, DatabaseFailed) as exc:
                counts.slow_sockets += isinstance(exc, SlowReader)
                # The stream ends, and the browser comes back with its Last-Event-ID.
                log.info("stream_cut", room=room.pk, error=type(exc).__name__)
            finally:
                hub.unseat(outbox)


def as_event(out: Outgoing) -> bytes:
    """One server-sent event (WHATWG HTML, 9.2.6). Our JSON has no line ends inside.

    ``id`` is up to where the reader has everything, so that it may come back with that.
    """
    position = f"id: {out.position}\n" if out.position and out.type != INTERIM else ""
    return f"event: {out.type}\n{position}data: {out.text}\n\n".encode("utf-8", "replace")


def _json(text: str, *, status: int = 200) -> HttpResponse:
    response = HttpResponse(text, content_type="application/json", status=status)
    response["Cache-Control"] = "no-store"
    return response

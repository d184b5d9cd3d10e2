"""Rooms for those who own them and speak in them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from csp.constants import SELF
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.db.models import Count, F, Max, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_permissions_policy.decorators import permissions_policy_override

from captions import i18n, languages
from captions.conf import conf
from captions.errors import BadField, NotAllowed, NotSignedIn, RoomClosed, SessionStillLive, SlugTaken
from captions.forms import AllowedOriginForm, GuestLinkForm, PersonForm, RoomForm, RoomSettingsForm
from captions.i18n import said
from captions.live.broadcast import recheck_rooms, tell_room
from captions.models import GuestLink, Kind, Membership, Role, Room, Session
from captions.services import guests, listening, passes, rooms, sessions, speakers, usage
from captions.services.rooms import Guest, Visitor
from captions.spending import Level, Standing, in_words
from captions.views import embed_section
from captions.views.callers import caller
from captions.views.problems import explained
from captions.words import gettext_noop

NO_SESSION = UUID(int=0)
"""Stands in an address for the session that a page of a host comes to have."""
GONE_OFF_AIR = {"type": "status", "live": False, "upstream": "ended", "open": False}


def signed_in(request: HttpRequest) -> User:
    """The account that asks; raises :class:`NotSignedIn`."""
    if isinstance(request.user, User) and request.user.is_active:
        return request.user
    raise NotSignedIn


def managed(request: HttpRequest, slug: str) -> Room:
    """The room, if whoever asks may change it. Raises what :func:`explained` explains."""
    user = signed_in(request)
    room = rooms.find_room(slug)
    if not rooms.may_manage(room, user):
        raise NotAllowed(gettext_noop("This page is for the room's owner."))
    return room


@login_required
@require_safe
def room_list(request: HttpRequest) -> HttpResponse:
    """Rooms that whoever asks owns or is a member of."""
    context = {"rooms": shown_rooms(signed_in(request)), "nav": "rooms"}
    return render(request, "captions/room_list.html", context)


def shown_rooms(user: User, most: int | None = None) -> list[Room]:
    """The rooms of an account as the lists show them; ``may_host`` says whether to offer to speak."""
    speaks = set(Membership.objects.filter(user=user, role=Role.HOST).values_list("room_id", flat=True))
    shown = list(rooms.rooms_of(user)[:most])
    for room in shown:
        room.may_host = room.owner_id == user.pk or room.pk in speaks  # type: ignore[attr-defined]
    return shown


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Make a room, then go to it."""
    form = RoomForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            room = rooms.create_room(
                owner=signed_in(request), title=data["title"], language=data["language"], slug=data["slug"]
            )
        except SlugTaken as exc:
            form.add_error("slug", said(exc))
        except BadField as exc:
            form.add_error(exc.field, said(exc))
        else:
            return redirect("room", room.slug)
    status = 422 if form.is_bound else 200
    return render(
        request, "captions/room_new.html", {"form": form, "stt": conf.stt, "nav": "rooms"}, status=status
    )


@require_safe
@explained
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """All about a room, for its owner."""
    return room_page(request, managed(request, slug))


@require_POST
@explained
def edit(request: HttpRequest, slug: str) -> HttpResponse:
    """Change title, language and who may read."""
    room = managed(request, slug)
    form = RoomSettingsForm(request.POST)
    if not form.is_valid():
        return room_page(request, room, settings_form=form)
    data = form.cleaned_data
    before = room.access
    rooms.update_room(room, title=data["title"], language=data["language"], access=data["access"])
    if room.access != before:
        recheck_rooms([room.pk])
    messages.success(request, _("The room's settings are saved."))
    return redirect("room", room.slug)


def room_page(
    request: HttpRequest,
    room: Room,
    *,
    settings_form: RoomSettingsForm | None = None,
    person_form: PersonForm | None = None,
    guest_form: GuestLinkForm | None = None,
    embed_form: AllowedOriginForm | None = None,
) -> HttpResponse:
    """The room's page, with a form as it came back where something was wrong with it."""
    refused = any(form is not None for form in (settings_form, person_form, guest_form, embed_form))
    is_live = sessions.is_live(room.pk)
    on_air = sessions.running(room) if is_live else None
    now = {"title": room.title, "language": room.language, "access": room.access}
    context = {
        "room": room,
        "is_live": is_live,
        "live_guest": on_air.guest_link if on_air is not None else None,
        "sessions": sessions_of(room),
        "members": room.memberships.select_related("user"),
        "settings_form": settings_form or RoomSettingsForm(initial=now),
        "person_form": person_form or PersonForm(),
        "guest_links": guest_links_of(request, room),
        "guest_form": guest_form or GuestLinkForm(),
        "embedding": embed_section.shown(request, room, embed_form),
        "viewer_url": request.build_absolute_uri(reverse("viewer", args=[room.slug])),
        "host_url": request.build_absolute_uri(reverse("host", args=[room.slug])),
        "listening": listening.of_room(room),
        "listening_cost": listening.cost(room),
        "spend": _shown_spend(usage.of_room(room, conf.limits)),
        "only_here": request.get_host().rpartition(":")[0] in {"localhost", "127.0.0.1", "[::1]"},
        "nav": "rooms",
    }
    response = render(request, "captions/room.html", context, status=422 if refused else 200)
    response["Cache-Control"] = "no-store"  # guest links are in it
    response._csp_update = {"frame-src": [SELF]}  # type: ignore[attr-defined]  # how it looks elsewhere
    return response


def guest_links_of(request: HttpRequest, room: Room) -> list[GuestLink]:
    """The room's guest links, each with its ``address``; one that is no longer good has none."""
    links = guests.links_of(room)
    for link in links:
        path = reverse("guest", args=[guests.token(link)])
        link.address = request.build_absolute_uri(path) if link.is_good() else ""  # type: ignore[attr-defined]
    return links


def spend_of(room: Room, user: Visitor) -> Standing:
    """Where a day's speech time stands for who speaks in the room."""
    return usage.standing(usage.payer(room, user), conf.limits)


def _shown_spend(level: Level) -> dict[str, Any]:
    return {
        "words": in_words(level, conf.spend_near_share, _),
        "near": level.is_near(conf.spend_near_share),
    }


def sessions_of(room: Room) -> list[Session]:
    """The room's sessions, newest first, each with ``spoken`` (segments of speech) and ``length_ms``."""
    return list(
        room.sessions.select_related("host", "guest_link")
        .annotate(
            spoken=Count("segments", filter=Q(segments__kind=Kind.SPEECH)),
            length_ms=Max(F("segments__offset_ms") + F("segments__duration_ms")),
        )
        .order_by("-started_at")
    )


@require_POST
@explained
def set_open(request: HttpRequest, slug: str, is_open: bool) -> HttpResponse:
    """Let hosts go on the air, or nobody."""
    room = managed(request, slug)
    if is_open:
        rooms.open_room(room)
        messages.success(request, _("The room is open."))
    else:
        rooms.close_room(room)
        tell_room(room.pk, GONE_OFF_AIR)
        messages.success(request, _("The room is closed. What was said in it stays."))
    return redirect("room", room.slug)


@require_http_methods(["GET", "HEAD", "POST"])
@explained
def delete(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask, then delete the room with all that was said in it."""
    room = managed(request, slug)
    room_id = room.pk  # deleting takes it from the object
    context = {"room": room, "sessions": room.sessions.count(), "nav": "rooms"}
    if request.method != "POST":
        return render(request, "captions/room_delete.html", context)
    try:
        rooms.delete_room(room)
    except SessionStillLive as exc:
        return render(
            request, "captions/room_delete.html", {**context, "error": said(exc)}, status=exc.http_status
        )
    tell_room(room_id, GONE_OFF_AIR)
    messages.success(request, _("The room is deleted."))
    return redirect("room-list")


@require_safe
@explained
@permissions_policy_override(conf.host_permissions)
def host(request: HttpRequest, slug: str) -> HttpResponse:
    """Where a host goes on the air."""
    who = caller(request)
    if who.is_stranger:
        raise NotSignedIn
    room = rooms.find_room(slug)
    user = passes.come_to_speak(room, who)
    if not room.is_open:
        raise RoomClosed
    running = sessions.running(room)
    is_mine = running is not None and sessions.is_of(running, user)
    guest = user if isinstance(user, Guest) else None
    context = {
        "room": room,
        "host_socket_url": f"/ws/rooms/{room.slug}/host/",
        "viewer_path": reverse("viewer", args=[room.slug]),
        "languages": languages.choices(in_english=i18n.is_english()),
        "engine_name": conf.stt.engine_name,
        "engine_is_local": conf.stt.is_local,
        "session": running if is_mine else None,
        "kept_path": reverse("transcript", args=[NO_SESSION, "txt"])
        if guest
        else reverse("session-review", args=[NO_SESSION]),
        "taken_by": running.host if running is not None and not is_mine else None,
        "taken_by_name": "" if running is None or is_mine else _named_to(user, running),
        "guest": guest,
        "may_manage": rooms.may_manage(room, user),
        "may_speak": speakers.may_speak(user),
        "spend": _shown_spend(spend_of(room, user).tightest),
        "worklet_url": static("js/audio/pcm-worklet.js"),
        "nav": "rooms",
    }
    return render(request, "captions/host.html", context)


def _named_to(user: User | Guest, running: Session) -> str:
    """Who is on the air. Names of accounts are not for guests."""
    if isinstance(user, Guest) and running.host_id is not None:
        return _("Somebody else")
    name = running.host_name
    return name[:1].upper() + name[1:] if running.host_id is None else name

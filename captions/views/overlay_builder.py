"""Where an owner makes the address of an overlay, and the links that it comes in by."""

from __future__ import annotations

from uuid import UUID

from csp.constants import SELF
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from captions.errors import BadField
from captions.forms import OverlayLinkForm
from captions.i18n import said
from captions.models import OverlayLink, Room
from captions.services import overlays
from captions.views.problems import explained
from captions.views.rooms import managed, signed_in


@require_safe
@explained
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """All about the overlays of a room, for its owner."""
    return _page(request, managed(request, slug))


@require_POST
@explained
def add(request: HttpRequest, slug: str) -> HttpResponse:
    """Make a link."""
    room = managed(request, slug)
    form = OverlayLinkForm(request.POST)
    if form.is_valid():
        try:
            overlays.make_link(room=room, label=form.cleaned_data["label"], made_by=signed_in(request))
        except BadField as exc:
            form.add_error("label", said(exc))
    if form.errors:
        return _page(request, room, form)
    label = form.cleaned_data["label"]
    messages.success(request, _("The link for %(label)s is made.") % {"label": label})
    return _back(slug)


@require_POST
@explained
def revoke(request: HttpRequest, slug: str) -> HttpResponse:
    """Make a link show nothing any more; again, and nothing happens."""
    room = managed(request, slug)
    try:
        link = room.overlay_links.filter(pk=UUID(request.POST.get("link", ""))).first()
    except ValueError:
        link = None
    if link is not None and overlays.revoke(link):
        said = _("The link for %(label)s is revoked. Overlays that use it say so.")
        messages.success(request, said % {"label": link.label})
    return _back(slug)


def _page(request: HttpRequest, room: Room, form: OverlayLinkForm | None = None) -> HttpResponse:
    links = links_of(request, room)
    context = {
        "room": room,
        "links": links,
        "good_links": [link for link in links if not link.is_revoked],
        "room_address": request.build_absolute_uri(reverse("overlay", args=[room.slug])),
        "form": form or OverlayLinkForm(),
        "nav": "rooms",
    }
    status = 422 if form is not None else 200
    response = render(request, "captions/overlay_builder.html", context, status=status)
    response["Cache-Control"] = "no-store"  # overlay links are in it
    # The overlay itself is shown in a frame.
    response._csp_update = {"frame-src": [SELF]}  # type: ignore[attr-defined]
    return response


def links_of(request: HttpRequest, room: Room) -> list[OverlayLink]:
    """The room's overlay links, each with its ``address``; one that is revoked has none."""
    links = overlays.links_of(room)
    path = request.build_absolute_uri(reverse("overlay", args=[room.slug]))
    for link in links:
        link.address = "" if link.is_revoked else f"{path}?key={overlays.token(link)}"  # type: ignore[attr-defined]
    return links


def _back(slug: str) -> HttpResponseRedirect:
    return HttpResponseRedirect(f"{reverse('overlay-builder', args=[slug])}#links-title")

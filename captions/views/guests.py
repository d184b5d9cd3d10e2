"""Guest links: an owner makes and revokes them, a guest follows them."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from captions.errors import BadField, CaptionError
from captions.forms import GuestLinkForm
from captions.i18n import said
from captions.models import GuestRole
from captions.services import guests
from captions.views.callers import bring
from captions.views.problems import explained, problem
from captions.views.rooms import managed, room_page, signed_in


@require_POST
@explained
def add(request: HttpRequest, slug: str) -> HttpResponse:
    """Make a link."""
    room = managed(request, slug)
    form = GuestLinkForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        try:
            guests.make_link(
                room=room,
                label=data["label"],
                role=data["guest_role"],
                lifetime_s=data["lifetime"],
                made_by=signed_in(request),
            )
        except BadField as exc:
            form.add_error("label" if exc.field == "label" else None, said(exc))
    if form.errors:
        return room_page(request, room, guest_form=form)
    messages.success(
        request, _("The link for %(label)s is made. Copy it below.") % {"label": form.cleaned_data["label"]}
    )
    return _back(slug)


@require_POST
@explained
def revoke(request: HttpRequest, slug: str) -> HttpResponse:
    """Make a link good for nothing; again, and nothing happens."""
    room = managed(request, slug)
    try:
        link = room.guest_links.filter(pk=UUID(request.POST.get("link", ""))).first()
    except ValueError:
        link = None
    if link is not None and guests.revoke(link):
        messages.success(
            request,
            _("The link for %(label)s is revoked. Whoever came by it is out.") % {"label": link.label},
        )
    return _back(slug)


def _back(slug: str) -> HttpResponseRedirect:
    return HttpResponseRedirect(f"{reverse('room', args=[slug])}#guests-title")


@require_GET
@never_cache
def follow(request: HttpRequest, token: str) -> HttpResponse:
    """Keep what the link grants, and lead on to where its token is no longer in the address."""
    response: HttpResponse
    try:
        link = guests.follow(token)
    except CaptionError as exc:
        response = problem(request, exc)
    else:
        bring(request, link)
        page = "host" if link.role == GuestRole.HOST else "viewer"
        response = redirect(page, link.room.slug)
    response["Referrer-Policy"] = "no-referrer"
    return response

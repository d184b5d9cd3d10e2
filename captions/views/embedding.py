"""Which sites may show a room's captions: an owner allows them, and takes that back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from captions.errors import BadField
from captions.forms import AllowedOriginForm
from captions.i18n import said
from captions.services import embedding
from captions.views.problems import explained
from captions.views.rooms import managed, room_page, signed_in


@require_POST
@explained
def allow(request: HttpRequest, slug: str) -> HttpResponse:
    """Let pages of a site show the captions."""
    room = managed(request, slug)
    form = AllowedOriginForm(request.POST)
    pattern = ""
    if form.is_valid():
        try:
            pattern = embedding.allow(room, form.cleaned_data["pattern"], by=signed_in(request)).pattern
        except BadField as exc:
            form.add_error("pattern", said(exc))
    if form.errors:
        return room_page(request, room, embed_form=form)
    messages.success(request, _("%(site)s may show the captions of this room.") % {"site": pattern})
    return _back(slug)


@require_POST
@explained
def disallow(request: HttpRequest, slug: str) -> HttpResponse:
    """Take a site off the list; again, and nothing happens."""
    room = managed(request, slug)
    pattern = request.POST.get("pattern", "").replace("\0", "")
    if embedding.disallow(room, pattern):
        said = _("%(site)s may no longer show the captions of this room.")
        messages.success(request, said % {"site": pattern})
    return _back(slug)


def _back(slug: str) -> HttpResponseRedirect:
    return HttpResponseRedirect(f"{reverse('room', args=[slug])}#embedding-title")

"""Who, besides its owner, may do what in a room."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from captions.errors import BadField
from captions.forms import PersonForm
from captions.i18n import said
from captions.services import rooms
from captions.views.problems import explained
from captions.views.rooms import managed, room_page


@require_POST
@explained
def add(request: HttpRequest, slug: str) -> HttpResponse:
    """Give somebody a role, or another one."""
    room = managed(request, slug)
    form = PersonForm(request.POST)
    if form.is_valid():
        user = User.objects.filter(username=form.cleaned_data["username"], is_active=True).first()
        if user is None:
            form.add_error(
                "username", _("There is no account of this name. Whoever runs this site can make one.")
            )
        else:
            try:
                rooms.add_member(room, user, form.cleaned_data["role"])
            except BadField as exc:
                form.add_error("role" if exc.field == "role" else "username", said(exc))
    if form.errors:
        return room_page(request, room, person_form=form)
    messages.success(request, _("%(name)s is added.") % {"name": form.cleaned_data["username"]})
    return redirect("room", room.slug)


@require_POST
@explained
def remove(request: HttpRequest, slug: str) -> HttpResponse:
    """Take somebody's role away; again, and nothing happens."""
    room = managed(request, slug)
    user = User.objects.filter(username=request.POST.get("username", "").replace("\0", "")).first()
    if user is not None and rooms.remove_member(room, user):
        messages.success(request, _("%(name)s is removed.") % {"name": user.get_username()})
    return redirect("room", room.slug)

"""What was refused, in words, with the status that says so."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from captions.errors import (
    CaptionError,
    GuestLinkOver,
    GuestLinkUnknown,
    NotAllowed,
    NotSignedIn,
    RoomClosed,
    RoomNotFound,
    SessionUnknown,
)
from captions.i18n import said
from captions.live.counts import counts
from captions.words import gettext_noop

P = ParamSpec("P")

HEADINGS: dict[type[CaptionError], str] = {
    RoomNotFound: gettext_noop("No such room"),
    RoomClosed: gettext_noop("This room is closed"),
    NotAllowed: gettext_noop("Not for this account"),
    SessionUnknown: gettext_noop("No such session"),
    GuestLinkUnknown: gettext_noop("This link leads nowhere"),
    GuestLinkOver: gettext_noop("This link is no longer good"),
}


def explained(
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """A view whose errors of ours become a page with their sentence; who is not signed in is asked to."""

    @wraps(view)
    def wrapper(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except NotSignedIn:
            return redirect_to_login(request.get_full_path())
        except CaptionError as exc:
            return problem(request, exc)

    return wrapper


def problem(request: HttpRequest, error: CaptionError, *, testid: str = "problem") -> HttpResponse:
    """The page for one refusal. Never cached: a room may be opened or made the next minute."""
    counts.refusals[error.code] += 1
    stranger = not request.user.is_authenticated
    context = {
        "heading": gettext(HEADINGS.get(type(error), gettext_noop("That did not work"))),
        "sentence": said(error),
        "offer_sign_in": stranger and isinstance(error, NotAllowed),
        "testid": testid,
    }
    if stranger and type(error) is NotAllowed:
        context["heading"] = gettext("For members only")
    response = render(request, "captions/problem.html", context, status=error.http_status)
    response["Cache-Control"] = "no-store"
    return response

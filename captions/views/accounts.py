"""The first page, and signing in by a link that is good once."""

from __future__ import annotations

from django.contrib.auth import authenticate, login
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from captions.conf import conf
from captions.views.rooms import shown_rooms

SHOWN_ROOMS = 6


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What this is; who is signed in finds their rooms."""
    rooms = shown_rooms(request.user, SHOWN_ROOMS) if isinstance(request.user, User) else []
    return render(request, "captions/home.html", {"rooms": rooms, "stt": conf.stt})


@require_safe
@never_cache
def once(request: HttpRequest) -> HttpResponse:
    """Signs in whoever comes with a link that was printed or sent; such a link is good once."""
    user = authenticate(request, sesame=request.GET.get("sesame", ""))
    if user is not None:
        login(request, user)
    elif not request.user.is_authenticated:
        return _no_longer_good(request)
    # Not redirect(): it takes a text without a slash for the name of a view.
    response = HttpResponseRedirect(_safe_next(request))
    response["Referrer-Policy"] = "no-referrer"
    return response


def _safe_next(request: HttpRequest) -> str:
    """Where the link leads: a page of ours, else the first one."""
    wanted = request.GET.get("next", "")
    ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if ours else reverse("home")


def _no_longer_good(request: HttpRequest) -> HttpResponse:
    """The link was used, is too old, or was cut off on its way."""
    context = {
        "heading": "This sign-in link is no longer good",
        "sentence": "Each link signs in once, and not for long. Ask for a new one, or sign in with a name "
        "and a password.",
        "offer_sign_in": True,
        "sign_in_next": reverse("home"),
    }
    return render(request, "captions/problem.html", context, status=403)

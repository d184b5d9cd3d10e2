"""What django-axes, which counts wrong passwords, asks of us: who asks, and what a guesser is told."""

from __future__ import annotations

import math
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

import structlog
from axes.helpers import get_client_username
from axes.models import AccessAttempt
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from captions.conf import conf

log = structlog.get_logger(__name__)

STATUS = 429
PREFIX_BITS = 64
"""Of an IPv6 address: what follows is a household's own to choose, and to change with each guess."""


def client_address(request: HttpRequest) -> str | None:
    """The address that asks, ``None`` where there is none.

    Behind a proxy it is what that proxy added to ``X-Forwarded-For``, at the end: what stands before
    was sent by the client, who may write what it likes. Without a proxy the header is not looked at.
    """
    socket = request.META.get("REMOTE_ADDR")
    hops = request.META.get("HTTP_X_FORWARDED_FOR", "") if conf.behind_proxy else ""
    return _address(hops.rpartition(",")[2]) or _address(socket or "")


def _address(text: str) -> str | None:
    """An IPv4 address, or the network of an IPv6 address; with brackets or a port as proxies write them."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        network = ip_network((int(address), PREFIX_BITS), strict=False)
        return str(network.network_address)
    return str(address)


def locked_out(
    request: HttpRequest, response: HttpResponse | None = None, credentials: dict[str, Any] | None = None
) -> HttpResponse:
    """The answer to one that has tried too often."""
    wait_s = _left_s(request)
    minutes = math.ceil(wait_s / 60)
    context = {
        "heading": gettext("Too many tries"),
        "sentence": ngettext(
            "The name and password did not belong together too many times in a row. Wait %(minutes)s minute,"
            " then sign in again. If you do not know the password any more, whoever runs this site can give"
            " you a new one, or a link that signs you in.",
            "The name and password did not belong together too many times in a row. Wait %(minutes)s minutes,"
            " then sign in again. If you do not know the password any more, whoever runs this site can give"
            " you a new one, or a link that signs you in.",
            minutes,
        )
        % {"minutes": minutes},
    }
    answer = render(request, "captions/problem.html", context, status=STATUS)
    answer["Retry-After"] = str(wait_s)
    answer["Cache-Control"] = "no-store"
    return answer


def _left_s(request: HttpRequest) -> int:
    """Seconds until the newest try that counts is forgotten."""
    newest = AccessAttempt.objects.filter(
        username=get_client_username(request, getattr(request, "axes_credentials", None)),
        ip_address=client_address(request),
    ).aggregate(at=Max("attempt_time"))["at"]
    passed_s = (timezone.now() - newest).total_seconds() if newest else 0.0
    return max(1, math.ceil(conf.sign_in_wait_s - passed_s))


def forget_what_was_typed(sender: Any, instance: AccessAttempt, **kwargs: Any) -> None:
    """A try is counted; what was sent with it, a link's token or a password among it, is not kept."""
    instance.get_data = instance.post_data = ""


def report(sender: Any, ip_address: str | None, **kwargs: Any) -> None:
    """One line for whoever runs this. Not the name: people type their password in its place."""
    log.warning("sign_in_locked", address=ip_address or "", wait_s=conf.sign_in_wait_s)

"""Figures for Prometheus, for whoever operates this site and nobody else."""

from __future__ import annotations

from hmac import compare_digest
from ipaddress import IPv6Address, ip_address

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from captions.conf import conf
from captions.live import lag
from captions.live.metrics import exposition

FORWARDED = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip")
"""A proxy on this machine passes strangers on from a loopback address, and says so in one of these."""

NOT_ALLOWED = "Send Authorization: Bearer, followed by the value of VOXWEB_METRICS_TOKEN.\n"
ONLY_FROM_HERE = (
    "Metrics are given to this machine alone, asked directly and not through a proxy. "
    "For others, set VOXWEB_METRICS_TOKEN and send it: Authorization: Bearer, followed by its value.\n"
)


@require_safe
async def metrics(request: HttpRequest) -> HttpResponse:
    """In Prometheus' text format, or OpenMetrics where asked for. On the loop, whose state it reads."""
    lag.watch()
    if why := _refusal(request):
        return HttpResponse(why, status=403, content_type="text/plain; charset=utf-8")
    text, content_type = exposition(request.headers.get("Accept", ""))
    response = HttpResponse(text, content_type=content_type)
    response["Cache-Control"] = "no-store"
    return response


def _refusal(request: HttpRequest) -> str:
    """Why not, in words; empty for who may."""
    if token := conf.metrics_token.reveal():
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        is_it = compare_digest(given.strip().encode(), token.encode()) and scheme.lower() == "bearer"
        return "" if is_it else NOT_ALLOWED
    if any(name in request.headers for name in FORWARDED):
        return ONLY_FROM_HERE
    return "" if _is_loopback(request.META.get("REMOTE_ADDR") or "") else ONLY_FROM_HERE


def _is_loopback(address: str) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return (mapped or found).is_loopback

"""Which pages may show a page of ours in a frame."""

from __future__ import annotations

from collections.abc import Iterable

from csp.constants import SELF
from django.http import HttpResponse


def framed_by(response: HttpResponse, patterns: Iterable[str]) -> HttpResponse:
    """Let our own pages and these (:mod:`captions.origins`) frame the page.

    The view is to be exempt from ``X-Frame-Options``, which knows no list.
    """
    response._csp_replace = {"frame-ancestors": [SELF, *patterns]}  # type: ignore[attr-defined]
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def shown_elsewhere(response: HttpResponse) -> HttpResponse:
    """What pages meant for other sites have in common: no trace of them is kept, found or passed on."""
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response

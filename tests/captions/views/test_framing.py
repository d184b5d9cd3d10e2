from __future__ import annotations

from csp.constants import SELF
from django.http import HttpResponse

from captions.views.framing import framed_by, shown_elsewhere


def test_a_page_is_framed_by_ourselves_and_by_whom_it_allows():
    response = framed_by(HttpResponse(), ["https://example.org"])
    assert response._csp_replace == {"frame-ancestors": [SELF, "https://example.org"]}
    assert response["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert framed_by(HttpResponse(), [])._csp_replace == {"frame-ancestors": [SELF]}


def test_a_page_for_other_sites_is_not_kept_not_found_and_passes_nothing_on():
    response = shown_elsewhere(HttpResponse())
    assert response["Cache-Control"] == "no-store"
    assert response["X-Robots-Tag"] == "noindex"
    assert response["Referrer-Policy"] == "no-referrer"

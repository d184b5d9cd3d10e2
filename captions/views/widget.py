"""The scripts that other sites load to show captions, at addresses that stay."""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial

import brotli
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.views.decorators.http import require_safe

from captions import widget
from captions.conf import conf

FRESH_S = 300
"""How long a browser may take an older script for the present one."""
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "br": partial(brotli.compress, mode=brotli.MODE_TEXT, quality=11),
    "gzip": partial(gzip.compress, compresslevel=9, mtime=0),
}
"""Ways of compressing, the best first."""
_REFUSED = r"(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))"


@dataclass(frozen=True, slots=True)
class Script:
    """What is sent: as it is, and in each way of compressing."""

    plain: bytes
    packed: dict[str, bytes]
    etag: str


@require_safe
def script(request: HttpRequest) -> HttpResponseBase:
    """Defines ``<vox-captions>`` on whatever page it is loaded by."""
    return _sent(request, _first)


@require_safe
def settings(request: HttpRequest) -> HttpResponseBase:
    """What the element loads when somebody opens its settings, or for a font."""
    return _sent(request, _second)


def _first() -> str:
    return widget.compose(conf.interface_languages, reverse("embed-settings"))


def _second() -> str:
    return widget.compose_settings()


def _sent(request: HttpRequest, compose: Callable[[], str]) -> HttpResponseBase:
    """Looks at nobody's cookie."""
    made = _composed.__wrapped__(compose) if conf.is_debugging else _composed(compose)
    accepted = request.headers.get("Accept-Encoding", "")
    encoding = next((name for name in PACKERS if re.search(rf"\b{name}\b{_REFUSED}", accepted)), "")
    response = HttpResponse(
        made.packed.get(encoding, made.plain), content_type="text/javascript; charset=utf-8"
    )
    if encoding:
        response["Content-Encoding"] = encoding
    response["ETag"] = made.etag
    response["Cache-Control"] = f"public, max-age={FRESH_S}"
    patch_vary_headers(response, ["Accept-Encoding"])
    answer = get_conditional_response(request, etag=made.etag, response=response) or response
    answer["Access-Control-Allow-Origin"] = "*"
    answer["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer


@cache
def _composed(compose: Callable[[], str]) -> Script:
    text = compose().encode()
    digest = hashlib.sha256(text).hexdigest()[:20]
    # Weak: compressed or not, it is the same script.
    return Script(text, {name: pack(text) for name, pack in PACKERS.items()}, f'W/"{digest}"')

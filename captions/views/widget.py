"""The script that other sites load to show captions, at an address that stays."""

from __future__ import annotations

import gzip
import hashlib
import re
from dataclasses import dataclass
from functools import cache

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.views.decorators.http import require_safe

from captions import widget
from captions.conf import conf

FRESH_S = 300
"""How long a browser may take an older script for the present one."""
_TAKES_GZIP = re.compile(r"\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))")


@dataclass(frozen=True, slots=True)
class Script:
    """What is sent, as it is and compressed."""

    plain: bytes
    packed: bytes
    etag: str


@require_safe
def script(request: HttpRequest) -> HttpResponseBase:
    """Defines ``<vox-captions>`` on whatever page it is loaded by. Looks at nobody's cookie."""
    made = _composed.__wrapped__() if conf.is_debugging else _composed()
    is_packed = _TAKES_GZIP.search(request.headers.get("Accept-Encoding", "")) is not None
    response = HttpResponse(
        made.packed if is_packed else made.plain, content_type="text/javascript; charset=utf-8"
    )
    if is_packed:
        response["Content-Encoding"] = "gzip"
    response["ETag"] = made.etag
    response["Cache-Control"] = f"public, max-age={FRESH_S}"
    patch_vary_headers(response, ["Accept-Encoding"])
    answer = get_conditional_response(request, etag=made.etag, response=response) or response
    answer["Access-Control-Allow-Origin"] = "*"
    answer["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer


@cache
def _composed() -> Script:
    text = widget.compose(conf.interface_languages).encode()
    digest = hashlib.sha256(text).hexdigest()[:20]
    # Weak: compressed or not, it is the same script.
    return Script(text, gzip.compress(text, 9, mtime=0), f'W/"{digest}"')

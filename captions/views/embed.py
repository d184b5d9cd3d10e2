"""A room's captions on other sites: in a frame, and as the script that defines ``<vox-captions>``."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from functools import cache
from typing import Final

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.cache import patch_vary_headers
from django.utils.http import quote_etag
from django.utils.translation import gettext
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import condition, require_safe

from captions import origins
from captions.conf import conf
from captions.errors import CaptionError, NotAllowed, RoomClosed
from captions.live import embeds
from captions.live.counts import counts
from captions.models import Room
from captions.services import captions, embedding
from captions.services.passes import NOT_TO_EMBED
from captions.services.rooms import find_room
from captions.views.framing import framed_by, shown_elsewhere

WRITTEN_SEGMENTS: Final = 10
"""Captions in the page itself, for where there is no script."""
SCRIPT_AGE_S: Final = 300
"""How long a browser keeps ``/embed.js``; what it loads has hashed names and is kept for ever."""
STYLES: Final = ("css/captions.css", "css/settings.css", "css/embed/widget.css")
ELEMENT: Final = "js/embed/define.js"
_IMPORT: Final = re.compile(
    r"""^(?:import|export)\s[^;]*?from\s+"([^"]+)";|^import\s+"([^"]+)";""", re.MULTILINE
)
_LATIN: Final = "U+0000-02FF, U+2000-206F, U+20A0-20CF, U+2100-215F"
FONTS: Final = {
    "atkinson": ("voxweb Atkinson Hyperlegible", "fonts/atkinson-hyperlegible/latin-{weight}.woff2", _LATIN),
    "opendyslexic": ("voxweb OpenDyslexic", "fonts/opendyslexic/latin-{weight}.woff2", _LATIN),
}
"""By name of the setting: family, files and which characters are in them."""


@require_safe
@xframe_options_exempt
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """The captions for a frame, or in one sentence why there are none.

    Nothing of it depends on who asks: it reads no session, and sets no cookie.
    """
    room: Room | None = None
    error: CaptionError | None = None
    try:
        room = find_room(slug)
        error = _why_not(room)
    except CaptionError as exc:
        error = exc
    context = {
        "room": room if error is None else None,
        "segments": captions.newest(room.pk, WRITTEN_SEGMENTS).segments if room and error is None else [],
        "words": gettext(str(error)) if error is not None else "",
    }
    if error is not None:
        counts.refusals[error.code] += 1
    patterns = embedding.patterns_of(room.pk) if room is not None else []
    if room is not None:
        _note_frame(request, room, patterns)
    status = error.http_status if error is not None else 200
    response = HttpResponse(render_to_string("captions/embed.html", context), status=status)
    return framed_by(shown_elsewhere(response), patterns)


def _why_not(room: Room) -> CaptionError | None:
    if not room.is_public:
        return NotAllowed(NOT_TO_EMBED)
    return None if room.is_open else RoomClosed()


def _note_frame(request: HttpRequest, room: Room, patterns: list[str]) -> None:
    """Count a page that shows us in a frame, by what it says of itself; most say their origin."""
    if request.headers.get("Sec-Fetch-Dest") != "iframe":
        return
    referrer = origins.split(request.headers.get("Referer", "")[: 2 * origins.MAX_LENGTH])
    origin = origins.parse(f"{referrer.scheme}://{referrer.netloc}") if referrer is not None else None
    if origin is None or str(origin) == f"{request.scheme}://{request.get_host()}":
        return
    accepted = any(origins.matches(pattern, origin) for pattern in patterns)
    embeds.seen(room.pk, str(origin), accepted)


def _tag(request: HttpRequest) -> str:
    return quote_etag(hashlib.sha256(_script()).hexdigest()[:32])


@require_safe
@condition(etag_func=_tag)
def script(request: HttpRequest) -> HttpResponse:
    """Defines ``<vox-captions>``: a module that other sites load by an address that stays."""
    body = _script()
    compressed = "gzip" in request.headers.get("Accept-Encoding", "")
    response = HttpResponse(
        _compressed(body) if compressed else body, content_type="text/javascript; charset=utf-8"
    )
    if compressed:
        response["Content-Encoding"] = "gzip"
    patch_vary_headers(response, ["Accept-Encoding"])
    response["Access-Control-Allow-Origin"] = "*"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["Cache-Control"] = f"public, max-age={SCRIPT_AGE_S}"
    return response


def _script() -> bytes:
    # Files change while somebody writes them, and at no other time.
    return _made() if settings.DEBUG else _kept()


@cache
def _kept() -> bytes:
    return _made()


@cache
def _compressed(body: bytes) -> bytes:
    return gzip.compress(body, 9, mtime=0)


def _made() -> bytes:
    """All modules are named at the top: a browser then loads them side by side, not level by level."""
    modules = _modules(ELEMENT)
    site = {"css": _css(), "fonts": _fonts(), "languages": conf.interface_languages}
    lines = [f'import "{static(path)}";' for path in modules if path != ELEMENT]
    lines += [
        f'import {{ define }} from "{static(ELEMENT)}";',
        f"define({{ ...{json.dumps(site, separators=(',', ':'))}, base: import.meta.url }});",
    ]
    return ("\n".join(lines) + "\n").encode()


def _modules(start: str) -> list[str]:
    """A module with all that it imports at once, by path; what it loads later is left out."""
    found: dict[str, None] = {}
    waiting = [start]
    while waiting:
        path = waiting.pop(0)
        if path in found:
            continue
        found[path] = None
        for match in _IMPORT.finditer(_text(path)):
            waiting.append(_beside(path, match[1] or match[2]))
    return list(found)


def _beside(path: str, relative: str) -> str:
    parts = path.split("/")[:-1]
    for part in relative.split("/"):
        if part == "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


def _text(path: str) -> str:
    file = finders.find(path)
    assert isinstance(file, str), path  # noqa: S101
    with open(file, encoding="utf-8") as opened:
        return opened.read()


def _css() -> str:
    """The element's style sheet, without comments and line ends; ours have none of either in a string."""
    text = "".join(_text(path) for path in STYLES)
    return re.sub(r"\s+", " ", re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)).strip()


def _fonts() -> dict[str, object]:
    return {
        name: {
            "family": family,
            "files": [
                {"url": static(file.format(weight=weight)), "weight": weight, "range": characters}
                for weight in ("400", "700")
            ],
        }
        for name, (family, file, characters) in FONTS.items()
    }

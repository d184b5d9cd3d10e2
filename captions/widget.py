"""The script that other sites load to show captions: made from the files that the element consists of.

It stands at an address that never changes, and leads on to files whose names change with their content. It
names all of them, so that a browser fetches them side by side and not one level after the other.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from django.contrib.staticfiles import finders
from django.templatetags.static import static

ELEMENT: Final = "js/embed/define.js"
STYLES: Final = ("css/captions.css", "css/settings.css", "css/embed/widget.css")
FONTS: Final = "css/fonts.css"
FONT_NAMES: Final = {"voxweb Atkinson Hyperlegible": "atkinson", "voxweb OpenDyslexic": "opendyslexic"}
"""Values of the setting ``font`` by the families of the style sheet."""
# As all our modules are written: what is imported only when it is needed (``import(…)``) is none of these.
_IMPORTED: Final = re.compile(r'^(?:import|\} from|export .* from).*"(\.[^"]+)";', re.MULTILINE)
_COMMENT: Final = re.compile(r"/\*.*?\*/", re.DOTALL)
_FACE: Final = re.compile(r"@font-face\s*\{([^}]*)\}")
_URL: Final = re.compile(r'url\("([^"]+)"\)')

Font = dict[str, Any]


def compose(languages: Sequence[str]) -> str:
    """The script. ``languages``: codes of those that the element has words in, besides English."""
    element, *others = modules_of(ELEMENT)
    site = {"css": styles(), "fonts": fonts(), "languages": [*languages]}
    lines = [
        *(f"import {json.dumps(static(name))};" for name in others),
        f"import {{ define }} from {json.dumps(static(element))};",
        f"define({{ ...{json.dumps(site, separators=(',', ':'))}, base: import.meta.url }});",
    ]
    return "\n".join(lines) + "\n"


def modules_of(name: str) -> list[str]:
    """A module and all that it imports when it is loaded, each once, as names of static files."""
    found: dict[str, None] = {}
    waiting = [name]
    while waiting:
        each = waiting.pop(0)
        if each not in found:
            found[each] = None
            waiting += _beside(each, _IMPORTED.findall(_text_of(each)))
    return list(found)


def styles() -> str:
    """The element's style sheets as one, without comments and indentation."""
    text = "\n".join(_text_of(name) for name in STYLES)
    lines = (line.strip() for line in _COMMENT.sub("", text).split("\n"))
    return "\n".join(line for line in lines if line)


def fonts() -> dict[str, Font]:
    """Fonts that a reader may choose, by the value of the setting: family, and files with their addresses."""
    found: dict[str, Font] = {}
    for face in _FACE.findall(_text_of(FONTS)):
        rules = dict(line.strip().split(": ", 1) for line in face.split(";") if line.strip())
        family = rules["font-family"].strip('"')
        (file,) = _beside(FONTS, _URL.findall(rules["src"]))
        entry = {"url": static(file), "weight": rules.get("font-weight", "400")}
        if "unicode-range" in rules:
            entry["range"] = rules["unicode-range"]
        found.setdefault(FONT_NAMES[family], {"family": family, "files": []})["files"].append(entry)
    return found


def _beside(name: str, paths: Iterable[str]) -> list[str]:
    folder = posixpath.dirname(name)
    return [posixpath.normpath(posixpath.join(folder, path)) for path in paths]


def _text_of(name: str) -> str:
    path = finders.find(name)
    if path is None:
        raise FileNotFoundError(name)
    return Path(path).read_text(encoding="utf-8")

"""The scripts that other sites load to show captions: made from the files that the element consists of.

The first stands at an address that never changes, and has what captions need. The second is loaded when a
reader opens the settings, or for a font.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from django.contrib.staticfiles import finders
from django.templatetags.static import static

from captions.bundles import beside, constant, joined, minified, modules_of

ELEMENT: Final = "js/embed/define.js"
SETTINGS: Final = "js/view/settings-panel.js"
STYLES: Final = ("css/captions.css", "css/embed/widget.css")
SETTINGS_STYLES: Final = ("css/settings.css",)
FONTS: Final = "css/fonts.css"
FONT_NAMES: Final = {"voxweb Atkinson Hyperlegible": "atkinson", "voxweb OpenDyslexic": "opendyslexic"}
"""Values of the setting ``font`` by the families of the style sheet."""
_FACE: Final = re.compile(r"@font-face\s*\{([^}]*)\}")
_URL: Final = re.compile(r'url\("([^"]+)"\)')

Font = dict[str, Any]


def compose(languages: Sequence[str], settings_path: str) -> str:
    """The first script. ``languages``: codes of those that the element has words in, besides English;
    ``settings_path``: where the second script is."""
    names = modules_of(ELEMENT, text_of)
    site = _literal({"css": styles(STYLES), "languages": [*languages]})
    shared = [name for name in modules_of(SETTINGS, text_of) if name in names]
    given = ",".join(f"{json.dumps(name)}:{constant(name)}" for name in shared)
    lines = [
        "(() => {",  # where nothing has a name that others could see, names may be short
        joined(names, text_of),
        f"const given = {{{given}}};",
        f"const settings = () => import(new URL({json.dumps(settings_path)}, import.meta.url))",
        "  .then((script) => script.default(given));",
        f"{constant(ELEMENT)}.define({{ ...{site}, base: import.meta.url, settings }});",
        "})();",
    ]
    return minified("application/javascript", "\n".join(lines))


def compose_settings() -> str:
    """The second script: a function that is given the modules of the first, and gives what it has itself."""
    given = set(modules_of(ELEMENT, text_of))
    names = modules_of(SETTINGS, text_of)
    has = _literal({"css": styles(SETTINGS_STYLES), "fonts": fonts()})
    lines = [
        "export default (given) => {",
        *(f"const {constant(name)} = given[{json.dumps(name)}];" for name in names if name in given),
        joined([name for name in names if name not in given], text_of),
        f"return {{ ...{constant(SETTINGS)}, ...{has} }};",
        "};",
    ]
    return minified("application/javascript", "\n".join(lines))


def _literal(values: dict[str, Any]) -> str:
    return json.dumps(values, separators=(",", ":"))


def styles(names: Iterable[str]) -> str:
    """Style sheets as one."""
    return minified("text/css", "\n".join(text_of(name) for name in names))


def fonts() -> dict[str, Font]:
    """Fonts that a reader may choose, by the value of the setting: family, and files with their addresses."""
    found: dict[str, Font] = {}
    for face in _FACE.findall(text_of(FONTS)):
        rules = dict(line.strip().split(": ", 1) for line in face.split(";") if line.strip())
        family = rules["font-family"].strip('"')
        (file,) = (beside(FONTS, path) for path in _URL.findall(rules["src"]))
        entry = {"url": static(file), "weight": rules.get("font-weight", "400")}
        if "unicode-range" in rules:
            entry["range"] = rules["unicode-range"]
        found.setdefault(FONT_NAMES[family], {"family": family, "files": []})["files"].append(entry)
    return found


def text_of(name: str) -> str:
    """The source of a static file."""
    path = finders.find(name)
    if path is None:
        raise FileNotFoundError(name)
    return Path(path).read_text(encoding="utf-8")

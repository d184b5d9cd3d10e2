"""The script for other sites; that it works in a browser is in tests/browser/test_embedding.py."""

from __future__ import annotations

import json
import re
from pathlib import Path

from captions import widget

ROOT = Path(__file__).resolve().parent.parent.parent


def site_in(script):
    """What the element is told, as its script says it."""
    (told,) = re.findall(r"define\(\{ \.\.\.(\{.*\}), base: import\.meta\.url \}\);\n$", script)
    return json.loads(told)


def test_it_defines_the_element_by_the_address_that_its_files_have_now():
    assert 'import { define } from "/static/js/embed/define.js";' in widget.compose([])


def test_it_names_every_module_so_that_a_browser_fetches_them_side_by_side():
    named = set(re.findall(r'"/static/(js/[^"]+)"', widget.compose([])))
    assert named == set(widget.modules_of("js/embed/define.js"))
    assert {"js/net/room-socket.js", "js/state/display.js"} <= named


def test_what_is_loaded_when_it_is_needed_is_not_among_them():
    assert "js/view/settings-panel.js" not in widget.modules_of("js/embed/define.js")


def test_a_module_comes_once_however_many_import_it():
    found = widget.modules_of("js/embed/define.js")
    assert len(found) == len(set(found))


def test_the_element_brings_its_style():
    css = site_in(widget.compose([]))["css"]
    assert ":host" in css
    assert ".caption" in css
    assert "/*" not in css
    assert "url(" not in css, "an address in it would belong to the page around"
    assert css.count("{") == css.count("}")


def test_the_fonts_that_a_reader_may_choose_are_those_of_our_own_pages():
    fonts = site_in(widget.compose([]))["fonts"]
    assert set(fonts) == {"atkinson", "opendyslexic"}
    assert fonts["opendyslexic"] == {
        "family": "voxweb OpenDyslexic",
        "files": [
            {"url": "/static/fonts/opendyslexic/latin-400.woff2", "weight": "400"},
            {"url": "/static/fonts/opendyslexic/latin-700.woff2", "weight": "700"},
        ],
    }
    files = [file for font in fonts.values() for file in font["files"]]
    assert all((ROOT / file["url"].lstrip("/")).is_file() for file in files)
    assert any(file.get("range", "").startswith("U+0000-00FF") for file in files)


def test_it_says_in_which_languages_there_are_words():
    assert site_in(widget.compose(["de", "ar"]))["languages"] == ["de", "ar"]


def test_it_is_plain_ascii_whatever_is_in_the_files():
    assert widget.compose(["ü"]).isascii()

"""The script for other sites; that it works in a browser is in tests/browser/test_embedding.py."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from captions import widget

ROOT = Path(__file__).resolve().parent.parent.parent


FIRST = widget.compose([], "/embed-settings.js")
SECOND = widget.compose_settings()


@pytest.fixture(autouse=True)
def unminified(monkeypatch):
    """What is in a script can be found in it."""
    monkeypatch.setattr(widget, "minified", lambda kind, text: text)


def site_in(script):
    """What the element is told, as its script says it."""
    (told,) = re.findall(r"define\(\{ \.\.\.(\{.*\}), base: import\.meta\.url", script)
    return json.loads(told)


def brought_by(script):
    """What the second script has besides code."""
    (told,) = re.findall(r"\.\.\.(\{.*\}) \};\n\};$", script)
    return json.loads(told)


def test_the_first_is_one_script_that_asks_for_nothing_until_it_is_wanted():
    assert not re.search(r"^\s*(?:import|export)\b", FIRST, re.MULTILINE)
    assert re.findall(r"\bimport\b[^;]{0,60}", FIRST)[0].startswith("import(new URL(")
    assert "/*" not in FIRST


def test_the_settings_are_not_in_the_first_and_nothing_comes_twice():
    first = widget.compose([], "/embed-settings.js")
    second = widget.compose_settings()
    assert "class SettingsPanel" not in first
    assert "class SettingsPanel" in second
    assert "const SETTINGS = " in first
    assert "const SETTINGS = " not in second, "two tables of settings would be two truths"
    assert 'const js_state_display_js = given["js/state/display.js"];' in second


def test_both_are_a_good_deal_smaller_than_what_they_are_made_of():
    assert len(FIRST) < 0.6 * len(widget.compose([], "/embed-settings.js"))
    assert len(SECOND) < 0.6 * len(widget.compose_settings())


def test_the_element_brings_its_style():
    css = site_in(widget.compose([], "/x"))["css"]
    assert ":host" in css
    assert ".caption" in css
    assert "url(" not in css, "an address in it would belong to the page around"
    assert css.count("{") == css.count("}")


def test_the_fonts_that_a_reader_may_choose_are_those_of_our_own_pages():
    fonts = brought_by(widget.compose_settings())["fonts"]
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
    assert site_in(widget.compose(["de", "ar"], "/x"))["languages"] == ["de", "ar"]


def test_what_it_is_told_is_plain_ascii():
    site = re.findall(r"define\(\{ \.\.\.(\{.*\}), base", widget.compose(["ü"], "/x"))[0]
    assert site.isascii()

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from captions.embed_codes import frame_code, policy_lines, script_code, wordpress_code
from tests.captions.views.test_hostile import HOSTILE

SITE = "https://captions.example.org"
SLUG = "town-hall"


class Tags(HTMLParser):
    """Elements with their attributes, as a browser reads them."""

    def __init__(self, code):
        super().__init__()
        self.found = []
        self.feed(code)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def test_the_script_defines_the_element_that_follows_it():
    assert Tags(script_code(SITE, SLUG)).found == [
        ("script", {"type": "module", "src": f"{SITE}/embed.js"}),
        ("vox-captions", {"room": SLUG}),
    ]


def test_a_frame_says_what_it_is_and_waits_until_it_is_seen():
    ((tag, attributes),) = Tags(frame_code(SITE, SLUG, title="Live captions: Town hall")).found
    assert (tag, attributes["src"]) == ("iframe", f"{SITE}/embed/{SLUG}/")
    assert attributes["title"] == "Live captions: Town hall"
    assert attributes["loading"] == "lazy"
    assert attributes["width"] == "100%"


def test_a_frame_tells_us_the_origin_of_its_page_and_no_more():
    ((_, attributes),) = Tags(frame_code(SITE, SLUG, title="x")).found
    assert attributes["referrerpolicy"] == "origin"


@pytest.mark.parametrize("code", [script_code(SITE, SLUG), frame_code(SITE, SLUG, title="x")])
def test_a_strict_site_s_policy_forbids_nothing_of_it(code):
    for _, attributes in Tags(code).found:
        assert "style" not in attributes
        assert not [name for name in attributes if name.startswith("on")]


@pytest.mark.parametrize("title", HOSTILE.values(), ids=HOSTILE)
def test_a_title_stays_a_title(title):
    ((_, attributes),) = Tags(frame_code(SITE, SLUG, title=title)).found
    assert attributes["title"] == title


def test_a_block_of_wordpress_is_the_frame():
    lines = wordpress_code(SITE, SLUG, title="x").split("\n")
    assert lines == ["<!-- wp:html -->", frame_code(SITE, SLUG, title="x"), "<!-- /wp:html -->"]


@pytest.mark.parametrize(
    ("site", "sockets"),
    [(SITE, "wss://captions.example.org"), ("http://localhost:8000", "ws://localhost:8000")],
)
def test_a_policy_names_our_site_for_scripts_connections_and_frames(site, sockets):
    assert policy_lines(site) == [f"script-src {site}", f"connect-src {site} {sockets}", f"frame-src {site}"]

from __future__ import annotations

import gzip

import brotli
import pytest
from django.test import Client

from captions import widget
from captions.views.widget import _composed

SCRIPT = "/embed.js"
SETTINGS = "/embed-settings.js"


@pytest.fixture(autouse=True)
def made_here():
    """Nothing that another test had made, and nothing for the next one."""
    _composed.cache_clear()
    yield
    _composed.cache_clear()


@pytest.mark.parametrize("script", [SCRIPT, SETTINGS])
def test_any_page_may_load_it(stranger, script):
    answer = stranger.get(script)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "public, max-age=300"


@pytest.mark.django_db
def test_it_knows_no_visitor(as_ada):
    answer = as_ada.get(SCRIPT)
    assert not answer.cookies
    assert answer["Vary"] == "Accept-Encoding"


def test_who_has_it_is_told_that_it_is_the_same(stranger):
    etag = stranger.get(SCRIPT)["ETag"]
    answer = stranger.get(SCRIPT, headers={"if-none-match": etag})
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer["Cache-Control"] == "public, max-age=300"
    assert stranger.get(SCRIPT, headers={"if-none-match": 'W/"other"'}).status_code == 200


@pytest.mark.parametrize(
    ("accepts", "packing"),
    [
        ("gzip, deflate, br", "br"),
        ("br;q=1.0", "br"),
        ("gzip, deflate", "gzip"),
        ("gzip;q=0.5", "gzip"),
        ("gzip;q=0, br", "br"),
        ("br;q=0, gzip", "gzip"),
        ("", None),
        ("brotli", None),
        ("br;q=0.0, gzip;q=0", None),
    ],
)
@pytest.mark.parametrize("script", [SCRIPT, SETTINGS])
def test_it_is_compressed_for_who_takes_it(stranger, script, accepts, packing):
    plain = stranger.get(script).content
    answer = stranger.get(script, headers={"accept-encoding": accepts})
    assert answer.get("Content-Encoding") == packing
    unpack = {"gzip": gzip.decompress, "br": brotli.decompress, None: bytes}[packing]
    assert unpack(answer.content) == plain


def test_another_content_has_another_name(stranger, settings):
    before = stranger.get(SCRIPT)["ETag"]
    settings.DEBUG = True
    settings.LANGUAGES = [("en", "English"), ("ar", "العربية")]
    assert stranger.get(SCRIPT)["ETag"] != before


def test_it_is_made_once_unless_files_may_change(stranger, settings, monkeypatch):
    made = []
    compose = widget.compose
    monkeypatch.setattr(widget, "compose", lambda *given: made.append(1) or compose(*given))
    for _ in range(3):
        stranger.get(SCRIPT)
    assert len(made) == 1
    settings.DEBUG = True
    for _ in range(3):
        stranger.get(SCRIPT)
    assert len(made) == 4


def test_it_is_looked_at_and_nothing_else():
    assert Client().post(SCRIPT).status_code == 405

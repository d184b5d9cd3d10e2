from __future__ import annotations

import pytest

from captions.consumers.visitor import foreign_origin, is_ours, refuse_other_sites, require_our_origin
from captions.errors import NotAllowed

SITE = "captions.example.org"


@pytest.fixture(autouse=True)
def site(settings):
    settings.ALLOWED_HOSTS = [SITE, ".example.net", "localhost", "127.0.0.1", "[::1]"]
    settings.CSRF_TRUSTED_ORIGINS = ["https://stage.example.com", "https://*.example.edu"]


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        (f"https://{SITE}", SITE),
        (f"http://{SITE}", SITE),
        (f"https://{SITE}:8443", f"{SITE}:8443"),
        (f"https://{SITE.upper()}", SITE),
        ("http://localhost:8000", "localhost:8000"),
        ("http://localhost:8000", "127.0.0.1:8000"),
        ("http://[::1]:8000", "[::1]:8000"),
        ("https://a.example.net", "b.example.net"),
        ("https://stage.example.com", "inside:8000"),
        ("https://any.example.edu", SITE),
    ],
)
def test_pages_of_this_site_are_ours(origin, host):
    assert is_ours(origin, host)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("", SITE),
        ("null", SITE),
        ("https://evil.example", SITE),
        (f"https://{SITE}.evil.example", SITE),
        (f"https://evil.example/{SITE}", SITE),
        (f"https://{SITE}@evil.example", SITE),
        ("http://localhost:3000", "localhost:8000"),
        (f"https://{SITE}:8443", SITE),
        (f"ftp://{SITE}", SITE),
        (f"wss://{SITE}", SITE),
        ("http://rebound.example", "rebound.example"),
        ("http://stage.example.com", SITE),
        ("http://any.example.edu", SITE),
        ("https://example.edu.evil.example", SITE),
        ("https://[", SITE),
        (f"https://{SITE}:99999", SITE),
        (f"https://{SITE}", ""),
    ],
)
def test_all_other_pages_are_not(origin, host):
    assert not is_ours(origin, host)


def test_a_site_that_answers_to_every_name_still_asks_for_its_own_page(settings):
    settings.ALLOWED_HOSTS = ["*"]
    assert is_ours("https://any.name", "any.name")
    assert not is_ours("https://evil.example", "any.name")


def test_a_refusal_says_what_is_wrong():
    headers = [(b"host", SITE.encode()), (b"origin", b"https://evil.example")]
    with pytest.raises(NotAllowed, match="does not belong to this site"):
        require_our_origin({"headers": headers})


def scope_of(*headers):
    return {"headers": [(b"host", SITE.encode()), *headers]}


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "file://", "https://[", "\xff"])
def test_a_page_of_another_site_is_told_to_embed(origin):
    scope = scope_of((b"origin", origin.encode("latin-1")))
    assert foreign_origin(scope) == origin
    with pytest.raises(NotAllowed, match="by embedding them"):
        refuse_other_sites(scope)


@pytest.mark.parametrize("headers", [[], [(b"origin", b"")], [(b"origin", f"https://{SITE}".encode())]])
def test_programs_and_pages_of_ours_are_no_other_site(headers):
    assert foreign_origin(scope_of(*headers)) is None
    refuse_other_sites(scope_of(*headers))

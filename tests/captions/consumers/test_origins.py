"""Whose pages may use a visitor's cookie, and whose may read along without: the same table for all sockets.

A room that is open to whoever has its link asks for no cookie, so there programs may read along, and
pages of other sites by the socket for embedding alone (``test_embed.py``).
"""

from __future__ import annotations

import pytest
from asgiref.sync import sync_to_async

from captions.models import Room
from captions.services import embedding
from tests.captions.browsers import browser, embed_of, host_of, viewer_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("process")]

SITE = "captions.example.org"
PUNYCODE = "xn--bcher-kva.example"
HOST = host_of("town-hall")
VIEWER = viewer_of("town-hall")
EMBED = embed_of("town-hall")

OURS = {
    "own, https": (f"https://{SITE}", SITE),
    "own, default port written by the page": (f"https://{SITE}:443", SITE),
    "own, default port written for the socket": (f"https://{SITE}", f"{SITE}:443"),
    "own, another port than the default": (f"https://{SITE}:8443", f"{SITE}:8443"),
    "own, upper case": (f"HTTPS://{SITE.upper()}", SITE),
    "own, socket in upper case": (f"https://{SITE}", SITE.upper()),
    "own, punycode": (f"https://{PUNYCODE}", PUNYCODE),
    "own, punycode in upper case": (f"https://{PUNYCODE.upper()}", PUNYCODE),
    "own, IPv6": ("https://[2001:db8::1]:8443", "[2001:db8::1]:8443"),
    "own, IPv6, default port": ("https://[2001:db8::1]", "[2001:db8::1]"),
    "another of our names": (f"https://{PUNYCODE}", SITE),
    "a subdomain that is listed": ("https://a.example.net", "b.example.net"),
    "trusted": ("https://stage.example.com", SITE),
    "trusted by a pattern": ("https://any.example.edu", SITE),
}
OTHERS = {
    "none": (None, SITE),
    "empty": ("", SITE),
    "null": ("null", SITE),
    "somebody else's": ("https://evil.example", SITE),
    "another port": (f"https://{SITE}:8443", SITE),
    "another port of the socket": (f"https://{SITE}", f"{SITE}:8443"),
    "another scheme": (f"http://{SITE}", SITE),
    "another scheme, with the port of ours": (f"http://{SITE}:443", SITE),
    "a scheme without pages": (f"ftp://{SITE}", SITE),
    "an extension's": (f"chrome-extension://{SITE}", SITE),
    "a file": ("file://", SITE),
    "a subdomain that is not listed": (f"https://evil.{SITE}", SITE),
    "the domain above": ("https://example.org", SITE),
    "ours as the beginning of another": (f"https://{SITE}.evil.example", SITE),
    "ours as the end of another": (f"https://evil{SITE}", SITE),
    "ours as a user's name": (f"https://{SITE}@evil.example", SITE),
    "ours as a path": (f"https://evil.example/{SITE}", SITE),
    "what looks like ours in punycode": ("https://xn--bcher-kvb.example", PUNYCODE),
    "another IPv6": ("https://[2001:db8::2]", "[2001:db8::1]"),
    "a spoilt IPv6": ("https://[2001:db8::1", "[2001:db8::1]"),
    "trusted, over another scheme": ("http://stage.example.com", SITE),
    "trusted, on another port": ("https://stage.example.com:8443", SITE),
    "trusted, its subdomain": ("https://a.stage.example.com", SITE),
    "past the pattern": ("https://any.example.edu.evil.example", SITE),
    "a name we do not answer to": ("https://rebound.example", "rebound.example"),
}


@pytest.fixture(autouse=True)
def site(settings):
    settings.ALLOWED_HOSTS = [SITE, PUNYCODE, ".example.net", "[2001:db8::1]", "testserver"]
    settings.CSRF_TRUSTED_ORIGINS = ["https://stage.example.com", "https://*.example.edu"]
    settings.SECURE_SSL_REDIRECT = True


@pytest.fixture
def members(room):
    Room.objects.update(access="members")
    return room


@pytest.mark.parametrize("path", [HOST, VIEWER], ids=["host", "viewer"])
@pytest.mark.parametrize(("origin", "host"), OURS.values(), ids=OURS)
async def test_a_page_of_ours_may_use_the_cookie(members, ada_cookie, path, origin, host):
    async with browser(path, cookie=ada_cookie, origin=origin, host=host) as socket:
        await socket.say("since", version=0)
        await socket.hear("changes")


@pytest.mark.parametrize("path", [HOST, VIEWER], ids=["host", "viewer"])
@pytest.mark.parametrize(("origin", "host"), OTHERS.values(), ids=OTHERS)
async def test_no_other_page_may(members, ada_cookie, path, origin, host):
    async with browser(path, cookie=ada_cookie, origin=origin, host=host) as socket:
        await socket.say("since", version=0)
        assert await socket.closed() == 4403
    assert [(error["code"], error["fatal"]) for error in socket.of("error")] == [("room.not_allowed", True)]


PROGRAMS = {name: OTHERS[name] for name in ("none", "empty")}
SITES = {name: OTHERS[name] for name in OTHERS if name not in PROGRAMS}


@pytest.mark.parametrize("path", [VIEWER, EMBED], ids=["viewer", "embed"])
@pytest.mark.parametrize(("origin", "host"), (OURS | PROGRAMS).values(), ids=OURS | PROGRAMS)
async def test_a_room_for_everyone_is_read_by_our_pages_and_by_programs(room, path, origin, host):
    async with browser(path, origin=origin, host=host) as viewer:
        await viewer.hear("hello")


@pytest.mark.parametrize(("origin", "host"), SITES.values(), ids=SITES)
async def test_no_other_site_s_page_reads_as_if_it_were_ours(room, origin, host):
    await sync_to_async(embedding.allow)(room, "https://evil.example")
    async with browser(VIEWER, origin=origin, host=host) as viewer:
        assert await viewer.closed() == 4403
    assert [error["code"] for error in viewer.heard] == ["room.not_allowed"]
    assert "by embedding them" in viewer.heard[0]["message"]


@pytest.mark.parametrize(("origin", "host"), SITES.values(), ids=SITES)
async def test_no_other_site_s_page_embeds_unless_it_is_allowed(room, origin, host):
    async with browser(EMBED, origin=origin, host=host) as viewer:
        assert await viewer.closed() == 4403
    assert [error["code"] for error in viewer.heard] == ["embed.refused"]


@pytest.mark.parametrize("origin", [f"http://{SITE}", f"https://{SITE}"])
async def test_a_site_without_https_of_its_own_takes_both_schemes(members, ada_cookie, settings, origin):
    settings.SECURE_SSL_REDIRECT = False
    async with browser(HOST, cookie=ada_cookie, origin=origin, host=SITE) as host:
        await host.say("since", version=0)
        await host.hear("changes")

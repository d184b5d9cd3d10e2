from __future__ import annotations

import re

import pytest
from django.conf import settings
from django.test import Client

from captions.live import embeds
from captions.models import Access
from captions.services import captions, embedding, rooms
from captions.views import embed
from tests.captions.making import final, on_air
from tests.captions.views.test_headers import policy_of
from tests.captions.views.test_hostile import HOSTILE
from tests.captions.views.test_plain import say, shown

pytestmark = pytest.mark.django_db
PAGE = "/embed/town-hall/"
BLOG = "https://blog.example.org"


def ancestors(answer):
    return policy_of(answer)["frame-ancestors"]


@pytest.fixture(autouse=True)
def nobody_counted_yet():
    """Nothing of another test, and nothing for the next one."""
    embeds.embeds._take()
    yield
    embeds.embeds._take()


def counted():
    """What waits to be stored: origin, accepted, refused. That it is stored, tests/captions/live tests."""
    return [(visit.origin, visit.accepted, visit.refused) for visit in embeds.embeds._take()]


def framed(client, referer=f"{BLOG}/", dest="iframe", path=PAGE):
    """Load the page as a browser does for a frame on a page elsewhere."""
    return client.get(path, headers={"referer": referer, "sec-fetch-dest": dest})


# --- what is in it ---


def test_the_page_is_the_element_with_the_newest_captions_for_who_has_no_script(stranger, room):
    say(room, *(final(number, f"line {number}") for number in range(1, 13)))
    answer = stranger.get(PAGE)
    assert answer.status_code == 200
    assert re.search(r'<vox-captions [^>]*room="town-hall"', answer.text)
    assert shown(answer) == [f"line {number}" for number in range(3, 13)]
    assert '<a href="/r/town-hall/text/" target="_blank" rel="noopener">' in answer.text
    assert '<script type="module" src="/static/js/pages/embed.js"></script>' in answer.text


def test_it_stands_alone(stranger, room):
    text = stranger.get(PAGE).text
    assert "masthead" not in text
    assert "csrf" not in text
    assert '<meta name="robots" content="noindex">' in text


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_title_is_text(stranger, room, text):
    rooms.Room.objects.update(title=text[:200])
    assert "<script>document" not in stranger.get(PAGE).text
    assert stranger.get(PAGE).text.count("<script") == 1


def test_a_link_is_taken_however_it_is_capitalised(stranger, room):
    assert 'room="town-hall"' in stranger.get("/embed/TOWN-HALL/").text


# --- what is said with it ---


def test_nobody_frames_it_but_ourselves_at_first(stranger, room):
    assert ancestors(stranger.get(PAGE)) == "'self'"


def test_sites_that_the_room_allows_may_frame_it(stranger, room):
    embedding.allow(room, BLOG)
    embedding.allow(room, "https://*.example.net:8443")
    answer = stranger.get(PAGE)
    assert ancestors(answer) == f"'self' https://*.example.net:8443 {BLOG}"
    assert "X-Frame-Options" not in answer


def test_the_rest_of_the_policy_stays_as_it_is_everywhere(stranger, room):
    policy = policy_of(stranger.get(PAGE))
    assert policy["default-src"] == "'none'"
    assert policy["connect-src"] == "'self' ws://testserver"


def test_what_is_not_kept_is_not_sent_and_not_found(stranger, room):
    answer = stranger.get(PAGE)
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["X-Robots-Tag"] == "noindex"
    assert answer["Cache-Control"] == "no-store"
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"


@pytest.mark.parametrize("status", [200, 403, 404, 410])
def test_it_knows_no_visitor(as_ada, room, status):
    if status == 403:
        rooms.update_room(room, access=Access.MEMBERS)
    if status == 410:
        rooms.close_room(room)
    answer = as_ada.get("/embed/nothing-here/" if status == 404 else PAGE)
    assert answer.status_code == status
    assert not answer.cookies
    assert "Cookie" not in answer.get("Vary", "")
    assert "ada" not in answer.text


def test_a_cookie_that_is_none_makes_no_difference(room):
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = "nobody's"
    answer = client.get(PAGE)
    assert answer.status_code == 200
    assert not answer.cookies


# --- where there are no captions ---


def refused(client, path=PAGE):
    answer = client.get(path)
    (words,) = re.findall(r'data-testid="viewer-state">([^<]*)<', answer.text)
    assert "<script" not in answer.text
    assert "<vox-captions" not in answer.text
    return answer, words


def test_an_unknown_room_says_so(stranger, room):
    answer, words = refused(stranger, "/embed/nothing-here/")
    assert answer.status_code == 404
    assert "There is no room with this link" in words
    assert ancestors(answer) == "'self'"


def test_a_closed_room_says_so_to_the_sites_that_show_it(stranger, room):
    embedding.allow(room, BLOG)
    rooms.close_room(room)
    answer, words = refused(stranger)
    assert answer.status_code == 410
    assert "This room is closed" in words
    assert ancestors(answer) == f"'self' {BLOG}"
    assert "Town hall" not in answer.text


def test_a_room_for_members_is_not_shown_elsewhere_not_to_its_members_either(as_ada, room):
    claim = on_air(room)
    captions.store(claim.session_id, claim.lease, final(1, "good evening"))
    rooms.update_room(room, access=Access.MEMBERS)
    answer, words = refused(as_ada)
    assert answer.status_code == 403
    assert "members only" in words
    assert "good evening" not in answer.text


def test_only_looking_is_possible(stranger, room):
    assert stranger.post(PAGE).status_code == 405


def test_a_database_that_is_away_is_said_in_words(stranger, monkeypatch):
    from django.db import OperationalError

    def away(slug):
        raise OperationalError

    monkeypatch.setattr(embed, "find_room", away)
    answer, words = refused(stranger)
    assert answer.status_code == 503
    assert "Try again" in words


# --- who shows it ---


def test_a_site_that_frames_it_is_counted_by_whether_it_may(stranger, room):
    framed(stranger, f"{BLOG}/2026/post")
    embedding.allow(room, BLOG)
    framed(stranger)
    framed(stranger)
    assert counted() == [(BLOG, 2, 1)]


@pytest.mark.parametrize(
    ("referer", "dest"),
    [
        ("http://testserver/rooms/town-hall/", "iframe"),
        (f"{BLOG}/", "document"),
        (f"{BLOG}/", ""),
        ("", "iframe"),
        ("about:blank", "iframe"),
        ("https://ex ample/", "iframe"),
        ("https://user@blog.example.org/", "iframe"),
        ("android-app://example", "iframe"),
        ("https://" + "x" * 5000 + ".example/", "iframe"),
    ],
)
def test_nothing_else_is(stranger, room, referer, dest):
    assert framed(stranger, referer, dest).status_code == 200
    assert counted() == []


def test_a_site_that_frames_a_room_for_members_is_counted_as_refused(stranger, room):
    embedding.allow(room, BLOG)
    rooms.update_room(room, access=Access.MEMBERS)
    framed(stranger)
    assert counted() == [(BLOG, 0, 1)]


def test_an_unknown_room_counts_nobody(stranger, room):
    framed(stranger, path="/embed/nothing-here/")
    assert counted() == []

from __future__ import annotations

import pytest

from captions.models import Role
from captions.services import captions, rooms
from tests.captions.making import final, gap, on_air

pytestmark = pytest.mark.django_db
PAGE = "/r/town-hall/"


def say(room, *said):
    claim = on_air(room)
    for caption in said:
        captions.store(claim.session_id, claim.lease, caption)


def test_whoever_has_the_link_may_read(stranger, room):
    answer = stranger.get(PAGE)
    assert answer.status_code == 200
    assert 'data-testid="viewer-state"' in answer.text
    assert 'data-testid="caption-log"' in answer.text


def test_the_newest_captions_are_in_the_page_itself(stranger, room):
    say(room, final(1, "good evening"), final(2, "and welcome"))
    text = stranger.get(PAGE).text
    assert text.index("good evening") < text.index("and welcome")
    assert "<noscript>" in text


def test_a_caption_is_text_and_never_markup(stranger, room):
    say(room, final(1, "<img src=x onerror=alert(1)> & more"))
    text = stranger.get(PAGE).text
    assert "<img src=x" not in text
    assert "&lt;img src=x onerror=alert(1)&gt; &amp; more" in text


def test_each_caption_says_its_language_and_direction(stranger, room):
    say(room, final(1, "مرحبا بكم", language="ar-EG"), final(2, "welcome"))
    text = stranger.get(PAGE).text
    assert 'lang="ar-EG" dir="rtl"' in text
    assert 'lang="en-US" dir="auto"' in text


def test_a_gap_is_put_into_words(stranger, room):
    say(room, gap(1, duration_ms=12_000))
    assert "[no captions for 12 s: the audio was lost]" in stranger.get(PAGE).text


def test_capital_letters_in_a_link_do_not_matter(stranger, room):
    assert stranger.get("/r/Town-HALL/").url == PAGE


def test_an_unknown_room_is_explained(stranger, db):
    answer = stranger.get("/r/nothing-here/")
    assert answer.status_code == 404
    assert "There is no room with this link" in answer.text
    assert "no-store" in answer["Cache-Control"]


def test_a_closed_room_says_so_and_keeps_what_was_said(stranger, room):
    say(room, final(1, "good evening"))
    rooms.close_room(room)
    answer = stranger.get(PAGE)
    assert "This room is closed" in answer.text
    assert "good evening" in answer.text


def test_a_room_for_members_tells_a_stranger_nothing_but_that(stranger, as_cleo, room):
    say(room, final(1, "good evening"))
    rooms.update_room(room, access="members")
    for client in (stranger, as_cleo):
        answer = client.get(PAGE)
        assert answer.status_code == 403
        assert "members only" in answer.text
        assert "Town hall" not in answer.text
        assert "good evening" not in answer.text
        assert client.get("/r/town-hall/qr.svg").status_code == 403
    assert "/accounts/login/?next=/r/town-hall/" in stranger.get(PAGE).text


def test_a_member_reads_a_room_for_members(as_ben, ben, room):
    rooms.update_room(room, access="members")
    rooms.add_member(room, ben, Role.VIEWER)
    assert as_ben.get(PAGE).status_code == 200


def test_the_code_is_a_picture_of_the_link(stranger, room):
    answer = stranger.get("/r/town-hall/qr.svg")
    assert answer["Content-Type"] == "image/svg+xml"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer.content.startswith(b"<svg")
    assert b"<script" not in answer.content

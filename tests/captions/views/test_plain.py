from __future__ import annotations

import re

import pytest

from captions.models import Access, Segment
from captions.services import captions, review
from captions.views import plain
from tests.captions.making import final, gap, on_air

pytestmark = pytest.mark.django_db
PAGE = "/r/town-hall/text/"


def say(room, *said):
    claim = on_air(room)
    for caption in said:
        captions.store(claim.session_id, claim.lease, caption)


def shown(answer):
    return re.findall(r'data-testid="caption-segment"[^>]*>([^<]*)<', answer.text)


def test_whoever_has_the_link_reads_it_as_text(stranger, room):
    say(room, final(1, "good evening"), gap(2, duration_ms=12_000), final(3, "<b>and</b>"))
    answer = stranger.get(PAGE)
    assert answer.status_code == 200
    assert shown(answer) == [
        "good evening",
        "[no captions for 12 s: the audio was lost]",
        "&lt;b&gt;and&lt;/b&gt;",
    ]


def test_it_loads_itself_again_only_where_there_is_no_script(stranger, room):
    text = stranger.get(PAGE).text
    assert '<noscript><meta http-equiv="refresh" content="15"></noscript>' in text
    assert "refresh" not in stranger.get(f"{PAGE}?refresh=off").text


def test_older_captions_are_a_link_away(stranger, room, monkeypatch):
    monkeypatch.setattr(plain, "SEGMENTS", 2)
    say(room, *(final(n, f"line {n}") for n in range(1, 6)))
    newest = stranger.get(PAGE)
    assert shown(newest) == ["line 4", "line 5"]
    earlier = stranger.get(PAGE + re.search(r'href="(\?before=\d+)"', newest.text)[1])
    assert shown(earlier) == ["line 2", "line 3"]
    assert "refresh" not in earlier.text
    first = stranger.get(PAGE + re.search(r'href="(\?before=\d+)"', earlier.text)[1])
    assert shown(first) == ["line 1"]
    assert "?before" not in first.text


def test_a_correction_is_marked_in_text(stranger, room, ada):
    say(room, final(1, "good evening"))
    review.edit_segment(Segment.objects.get(), "good morning", ada)
    assert "(corrected)" in stranger.get(PAGE).text


def test_an_odd_version_is_explained(stranger, room):
    answer = stranger.get(f"{PAGE}?before=yesterday")
    assert answer.status_code == 400
    assert "A version is a whole number" in answer.text


def test_a_room_for_members_is_not_for_strangers(stranger, room):
    room.access = Access.MEMBERS
    room.save()
    assert stranger.get(PAGE).status_code == 403


def test_capital_letters_in_a_link_do_not_matter(stranger, room):
    assert stranger.get("/r/Town-HALL/text/").url == PAGE

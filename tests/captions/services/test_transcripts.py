from __future__ import annotations

import json

import pytest

from captions.models import Segment, Session
from captions.services import review, sessions
from captions.services.captions import store
from captions.services.transcripts import download, transcript
from captions.transcripts.formats import FORMATS
from tests.captions.making import final, gap, on_air

pytestmark = pytest.mark.django_db


@pytest.fixture
def session(room):
    held = on_air(room, engine="scripted")
    for caption in (final(2, "two"), gap(3), final(1, "one")):
        store(held.session_id, held.lease, caption)
    sessions.end(held.session_id, held.lease)
    return Session.objects.select_related("room").get()


def test_a_transcript_has_the_segments_as_they_were_said_with_their_words(session):
    made = transcript(session)
    assert made["room"] == {"slug": "town-hall", "title": "Town hall", "language": "en-US"}
    assert made["session"]["id"] == str(session.pk)
    assert made["session"]["ended_at"] == session.ended_at.isoformat()
    assert [segment["text"] for segment in made["segments"]] == ["one", "two", ""]
    assert made["segments"][0]["words"][0]["word"] == "good"


def test_a_transcript_has_the_corrected_text(session, ada):
    review.edit_segment(Segment.objects.get(utterance=1), "first", ada)
    assert transcript(session)["segments"][0]["text"] == "first"


def test_a_transcript_costs_one_query_however_long_it_is(session, django_assert_num_queries):
    with django_assert_num_queries(1):
        transcript(session)


@pytest.mark.parametrize("extension", FORMATS)
def test_every_format_can_be_downloaded(session, extension):
    sessions.rename(session, "Teil 1: Köln")
    made = download(session, extension)
    assert made.name == f"Teil 1 Köln {session.started_at:%Y-%m-%d %H%M}.{extension}"
    assert made.disposition.startswith('attachment; filename="Teil 1 Koln')
    assert made.content_type == FORMATS[extension].content_type
    assert "one" in made.text


def test_json_is_the_transcript(session):
    assert json.loads(download(session, "json").text) == transcript(session)


def test_an_unknown_format_is_not_there(session):
    with pytest.raises(KeyError):
        download(session, "exe")

from __future__ import annotations

import pytest
from django.utils import timezone

from captions.errors import BadField, SessionUnknown
from captions.models import Revision, Room, Segment, State
from captions.services import review, sessions
from captions.services.captions import store
from tests.captions.making import at_once, final, gap, on_air

pytestmark = pytest.mark.django_db


@pytest.fixture
def held(room):
    return on_air(room)


@pytest.fixture
def segment(held):
    store(held.session_id, held.lease, final())
    return Segment.objects.get()


def test_an_edit_is_a_revision_with_author_and_time(segment, ada):
    begun = timezone.now()
    stored = review.edit_segment(segment, " good\nmorning ", ada, speaker="Ada")
    revision = Revision.objects.get()
    assert (revision.number, revision.text, revision.speaker, revision.author) == (
        1, "good morning", "Ada", ada,
    )  # fmt: skip
    assert revision.created_at >= begun
    assert (stored.segment["revision"], stored.version, stored.changed) == (1, 2, True)
    assert (stored.segment["text"], stored.segment["speaker"]) == ("good morning", "Ada")


def test_the_machines_text_and_words_stay_beside_it(segment, ada):
    words = segment.words
    review.edit_segment(segment, "good morning", ada)
    segment.refresh_from_db()
    assert (segment.machine_text, segment.words) == ("good evening", words)
    assert segment.is_edited


def test_an_edit_that_changes_nothing_is_none(segment, ada):
    stored = review.edit_segment(segment, "good evening ", ada)
    assert (stored.changed, stored.version) == (False, 1)
    assert not Revision.objects.exists()


def test_going_back_to_the_machines_text_is_a_revision_like_any_other(segment, ada):
    review.edit_segment(segment, "good morning", ada)
    review.edit_segment(segment, "good evening", ada)
    segment.refresh_from_db()
    assert (segment.revision, segment.version, segment.is_edited) == (2, 3, False)


def test_an_empty_text_strikes_a_line_out(segment, ada):
    assert review.edit_segment(segment, "  ", ada).segment["text"] == ""


def test_a_speaker_stays_unless_another_is_named(segment, ada):
    review.edit_segment(segment, "one", ada, speaker="Ada")
    assert review.edit_segment(segment, "two", ada).segment["speaker"] == "Ada"
    with pytest.raises(BadField):
        review.edit_segment(segment, "two", ada, speaker="x" * 101)


def test_a_gap_has_no_text_to_correct_but_may_be_seen_by_somebody(held, ada):
    store(held.session_id, held.lease, gap())
    lost = Segment.objects.get()
    with pytest.raises(BadField):
        review.edit_segment(lost, "I think he said", ada)
    assert review.set_state(lost, State.REVIEWED).segment["state"] == "reviewed"


def test_a_state_takes_a_version_but_no_revision(segment):
    stored = review.set_state(segment, State.APPROVED)
    assert (stored.segment["state"], stored.segment["revision"], stored.version) == ("approved", 0, 2)
    again = review.set_state(segment, State.APPROVED)
    assert (again.version, again.changed) == (2, False)
    with pytest.raises(BadField):
        review.set_state(segment, "perfect")


def test_what_was_deleted_meanwhile_is_not_corrected(held, segment, ada):
    sessions.end(held.session_id, held.lease)
    sessions.delete(segment.session)
    with pytest.raises(SessionUnknown):
        review.edit_segment(segment, "good morning", ada)
    assert Room.objects.get().version == 2


@pytest.mark.django_db(transaction=True)
def test_edits_at_once_are_revisions_one_after_the_other(segment, ada):
    results = at_once([lambda n=n: review.edit_segment(segment, f"take {n}", ada) for n in range(5)])
    assert sorted(result.segment["revision"] for result in results) == [1, 2, 3, 4, 5]
    assert sorted(result.version for result in results) == [2, 3, 4, 5, 6]
    assert [revision.number for revision in Revision.objects.all()] == [1, 2, 3, 4, 5]
    segment.refresh_from_db()
    assert segment.text == Revision.objects.get(number=5).text

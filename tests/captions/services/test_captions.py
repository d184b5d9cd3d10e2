from __future__ import annotations

import math

import pytest
from django.utils import timezone

from captions.errors import LeaseLost
from captions.models import Room, Segment, Session
from captions.services import rooms, sessions
from captions.services.captions import after, before, changes_since, newest, store
from captions.services.review import edit_segment
from captions.stt.events import Word
from tests.captions.making import NOBODY, at_once, final, gap, on_air

pytestmark = pytest.mark.django_db


@pytest.fixture
def held(room):
    return on_air(room)


def put(held, *captions):
    return [store(held.session_id, held.lease, caption) for caption in captions]


def versions(changes):
    return [segment["version"] for segment in changes.segments]


# --- storing ---------------------------------------------------------------------------------------


def test_a_final_is_stored_as_it_was_said(room, held):
    [stored] = put(held, final(2))
    segment = Segment.objects.get()
    assert stored.segment == {
        "id": str(segment.pk),
        "session": str(held.session_id),
        "utterance": 2,
        "kind": "speech",
        "speaker": "",
        "text": "good evening",
        "offset_ms": 1000,
        "duration_ms": 1000,
        "confidence": 0.9,
        "language": "en-US",
        "revision": 0,
        "state": "draft",
        "version": 1,
        "stored_at": segment.created_at.isoformat(),
    }
    assert stored.host_segment == stored.segment | {
        "words": [
            {"word": "good", "offset_ms": 1000, "duration_ms": 400, "confidence": 0.8},
            {"word": "evening", "offset_ms": 1500, "duration_ms": 500, "confidence": None},
        ]
    }
    assert segment.machine_text == segment.text
    assert segment.upstream_ref == "seg-1"
    assert (stored.room_id, stored.version, stored.changed) == (room.pk, 1, True)


def test_a_gap_is_stored_without_a_word(held):
    [stored] = put(held, gap(1, duration_ms=12_000))
    assert (stored.segment["kind"], stored.segment["text"], stored.segment["duration_ms"]) == (
        "gap", "", 12_000,
    )  # fmt: skip
    assert stored.host_segment["words"] == []


def test_the_same_final_again_is_the_segment_already_stored(held, room):
    first, second = put(held, final(1), final(1, text="something else"))
    assert second.host_segment == first.host_segment
    assert (first.changed, second.changed) == (True, False)
    assert Room.objects.get().version == 1


def test_a_final_after_its_correction_does_not_undo_it(held, ada):
    put(held, final())
    edit_segment(Segment.objects.get(), "good morning", ada)
    [again] = put(held, final())
    assert (again.segment["text"], again.version) == ("good morning", 2)


def test_each_change_in_a_room_takes_the_next_version(held):
    assert [stored.version for stored in put(held, final(1), gap(2), final(3))] == [1, 2, 3]


def test_a_wrong_lease_or_a_deleted_session_cannot_store(room, held):
    with pytest.raises(LeaseLost):
        store(held.session_id, NOBODY, final())
    sessions.end(held.session_id)
    sessions.delete(Session.objects.get())
    with pytest.raises(LeaseLost, match="deleted"):
        store(held.session_id, held.lease, final())
    assert not Segment.objects.exists()


HOSTILE = {
    "markup": "<script>alert('&amp;')</script> --> {{ x }}",
    "right to left": "שלום \u202eolleh\u202c عالم",
    "emoji": "👩‍👩‍👧‍👦 🏳️‍🌈 🇩🇪",
    "no spaces": "ж" * 10_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=list(HOSTILE))
def test_text_is_kept_as_text(held, text):
    [stored] = put(held, final(text=text, words=(Word(text, 0, 1000),)))
    assert stored.segment["text"] == text
    segment = Segment.objects.get()
    assert (segment.text, segment.words[0]["word"]) == (text, text)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a\x00b\x1b[31m\tc\r\nd\u2028e", "ab[31m c d e"),
        ("half a \ud83d pair", "half a \ufffd pair"),
        ("\x00\x01", "\ufffd"),
    ],
)
def test_what_no_database_takes_does_not_keep_a_final_from_being_stored(held, text, kept):
    [stored] = put(held, final(text=text, words=(Word(text, 0, 1000),), upstream_ref=text * 100))
    assert stored.segment["text"] == kept


@pytest.mark.parametrize(
    ("said", "kept"),
    [(0.5, 0.5), (1.5, 1.0), (-1, 0.0), (math.nan, None), (math.inf, None), (None, None)],
)
def test_a_confidence_is_a_share_or_nothing(held, said, kept):
    [stored] = put(held, final(confidence=said, words=(Word("w", 0, 1, said),)))
    assert stored.segment["confidence"] == kept
    assert stored.host_segment["words"][0]["confidence"] == kept


@pytest.mark.parametrize(
    ("said", "kept"),
    [("en", "en-US"), ("", "en-US"), ("EN", "en-US"), ("en-gb", "en-GB"), ("de", "de"), ("??", "en-US")],
)
def test_a_language_is_what_was_heard_or_the_sessions(held, said, kept):
    [stored] = put(held, final(language=said))
    assert stored.segment["language"] == kept


def test_times_are_stored_within_what_is_possible(held):
    [stored] = put(held, final(offset_ms=-5, duration_ms=0))
    assert (stored.segment["offset_ms"], stored.segment["duration_ms"]) == (0, 1)


def test_a_day_and_a_half_on_air_is_no_limit(held):
    [stored] = put(held, final(offset_ms=36 * 3600 * 1000))
    assert Segment.objects.get().end_ms == 36 * 3600 * 1000 + 1000
    assert stored.segment["offset_ms"] == 129_600_000


# --- reading ---------------------------------------------------------------------------------------


def test_an_empty_room_has_nothing_to_say(room):
    for changes in (newest(room.pk, 10), changes_since(room.pk, 0, 10), after(room.pk, 0, 10)):
        assert (changes.version, changes.segments, changes.more, changes.removed) == (0, [], False, [])
    assert before(room.pk, 5, 10).segments == []
    assert newest(room.pk + 1, 10).version == 0


def test_the_newest_come_in_the_order_they_were_said(room, held):
    put(held, final(1), final(3), final(2), final(4))
    changes = newest(room.pk, 3)
    assert [segment["utterance"] for segment in changes.segments] == [2, 3, 4]
    assert (changes.version, changes.more) == (4, True)
    assert not newest(room.pk, 4).more


def test_viewers_get_no_words(room, held):
    put(held, final())
    for changes in (
        newest(room.pk, 9),
        changes_since(room.pk, 0, 9),
        after(room.pk, 0, 9),
        before(room.pk, 9, 9),
    ):
        assert "words" not in changes.segments[0]


def test_sessions_come_one_after_the_other(room, held):
    put(held, final(1), final(2))
    second = on_air(room, take_over=True)
    put(second, final(1))
    put(held, final(3))
    found = newest(room.pk, 10).segments
    assert [(s["session"] == str(held.session_id), s["utterance"]) for s in found] == [
        (True, 1), (True, 2), (True, 3), (False, 1),
    ]  # fmt: skip


def test_changes_since_are_all_that_is_newer_corrections_too(room, held, ada):
    put(held, final(1), final(2), final(3))
    edit_segment(Segment.objects.get(utterance=1), "good morning", ada)
    changes = changes_since(room.pk, 2, 10)
    assert [(s["utterance"], s["version"]) for s in changes.segments] == [(1, 4), (3, 3)]
    assert (changes.version, changes.more) == (4, False)
    assert changes_since(room.pk, 4, 10).segments == []


def test_changes_too_many_to_send_are_the_newest_and_say_so(room, held):
    put(held, *map(final, range(1, 7)))
    changes = changes_since(room.pk, 1, 2)
    assert (versions(changes), changes.version, changes.more) == ([5, 6], 6, True)


@pytest.mark.parametrize("asked", [-1, -(2**70), 7, 2**70])
def test_a_version_that_never_was_is_answered_all_the_same(room, held, asked):
    put(held, final(1))
    count = 0 if asked > 0 else 1
    assert len(changes_since(room.pk, asked, 10).segments) == count
    assert len(after(room.pk, asked, 10).segments) == count
    assert len(before(room.pk, asked, 10).segments) == 1 - count


def test_pages_after_meet_every_segment_once(room, held):
    put(held, *map(final, range(1, 8)))
    seen, version, more = [], 0, True
    while more:
        page = after(room.pk, version, 3)
        seen += versions(page)
        version, more = page.version, page.more
    assert (seen, version) == ([1, 2, 3, 4, 5, 6, 7], 7)


def test_pages_before_meet_every_segment_once(room, held):
    put(held, *map(final, range(1, 8)))
    seen, version, more = [], 8, True
    while more:
        page = before(room.pk, version, 3)
        seen.append(versions(page))
        version, more = page.version, page.more
    assert seen == [[5, 6, 7], [2, 3, 4], [1]]


def test_replies_are_cut_by_bytes_but_never_to_nothing(room, held):
    put(held, *(final(n, text="x" * 10_000) for n in range(1, 6)))
    for reply in (newest, lambda *args: changes_since(args[0], 0, *args[1:])):
        assert (versions(reply(room.pk, 10, 22_000)), reply(room.pk, 10, 22_000).more) == ([4, 5], True)
        assert versions(reply(room.pk, 10, 1)) == [5]
    assert versions(after(room.pk, 0, 10, 22_000)) == [1, 2]
    assert versions(before(room.pk, 9, 10, 22_000)) == [4, 5]


def test_those_who_were_away_are_told_what_was_deleted(room, held):
    put(held, final(1))
    sessions.end(held.session_id, held.lease)
    sessions.delete(Session.objects.get())
    gone = [str(held.session_id)]
    changes = changes_since(room.pk, 1, 10)
    assert (changes.version, changes.segments, changes.removed) == (2, [], gone)
    assert after(room.pk, 1, 10).removed == gone
    assert changes_since(room.pk, 2, 10).removed == []


def test_another_rooms_segments_are_never_among_them(room, ada, held):
    put(held, final(1))
    other = rooms.create_room(owner=ada, title="Other")
    put(on_air(other), final(1, text="elsewhere"))
    for changes in (
        newest(room.pk, 9),
        changes_since(room.pk, 0, 9),
        after(room.pk, 0, 9),
        before(room.pk, 9, 9),
    ):
        assert [segment["text"] for segment in changes.segments] == ["good evening"]


def test_a_reply_costs_the_same_queries_however_long_it_is(room, held, django_assert_max_num_queries):
    put(held, *map(final, range(1, 60)))
    with django_assert_max_num_queries(2):
        newest(room.pk, 200)
    with django_assert_max_num_queries(3):
        changes_since(room.pk, 0, 200)


# --- at once ---------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_the_same_final_from_many_threads_is_one_row(room, held):
    results = at_once([lambda: store(held.session_id, held.lease, final())] * 6)
    assert {result.version for result in results} == {1}
    assert sum(result.changed for result in results) == 1
    assert Segment.objects.count() == 1
    assert Room.objects.get().version == 1


@pytest.mark.django_db(transaction=True)
def test_versions_have_no_holes_and_no_repeats_under_many_writers(room, held, ada):
    put(held, final(1000))
    target = Segment.objects.get()

    def finals(first):
        return [store(held.session_id, held.lease, final(first + n)).version for n in range(10)]

    def edits():
        return [edit_segment(target, f"take {n}", ada).version for n in range(10)]

    taken = at_once([lambda: finals(1), lambda: finals(101), lambda: finals(201), edits])
    assert all(versions == sorted(versions) for versions in taken)
    assert sorted(version for versions in taken for version in versions) == list(range(2, 42))
    assert Room.objects.get().version == 41
    assert Segment.objects.get(pk=target.pk).revision == 10


@pytest.mark.django_db(transaction=True)
def test_a_reader_beside_the_writers_misses_nothing_it_was_told_to_have(room, held):
    def write():
        for n in range(1, 31):
            store(held.session_id, held.lease, final(n))

    def read():
        seen, version = set(), 0
        while version < 30:
            changes = changes_since(room.pk, version, 100)
            version = changes.version
            seen |= set(versions(changes))
            assert seen == set(range(1, version + 1))
        return seen

    results = at_once([write, read, read])
    assert [result for result in results if isinstance(result, Exception)] == []


@pytest.mark.django_db(transaction=True)
def test_rooms_do_not_wait_for_each_others_versions(ada):
    claims = [on_air(rooms.create_room(owner=ada, title=f"Room {n}")) for n in range(3)]

    def write(held):
        return [store(held.session_id, held.lease, final(n)).version for n in range(1, 11)]

    assert at_once([lambda held=held: write(held) for held in claims]) == [list(range(1, 11))] * 3


def test_storing_says_when_it_was(held):
    before_it = timezone.now()
    put(held, final())
    assert before_it <= Segment.objects.get().created_at <= timezone.now()

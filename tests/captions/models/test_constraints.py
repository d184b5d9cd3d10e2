"""What can never be true is refused by the database itself."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from captions.models import (
    AllowedOrigin,
    Characters,
    EmbedSite,
    GuestLink,
    Membership,
    OverlayLink,
    Removal,
    Revision,
    Role,
    Room,
    Segment,
    Session,
    Usage,
    Vote,
)
from tests.captions.making import gap_row, guest_link, segment_row, session_row, try_row

pytestmark = pytest.mark.django_db

NOW = timezone.now()


@pytest.fixture
def session(room):
    return session_row(room)


def refused(name, make, *args, **fields):
    """Whether ``make`` is refused, by the constraint of this name where the database tells it."""
    with pytest.raises(IntegrityError) as raised, transaction.atomic():
        make(*args, **fields)
    said = str(raised.value)
    return name in said or said.startswith("UNIQUE constraint failed") or "datatype mismatch" in said


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("room_slug_is_lower_case", {"slug": "Town"}),
        ("room_slug_is_lower_case", {"slug": ""}),
        ("captions_room_slug", {"slug": "town-hall"}),
        ("room_has_a_title", {"title": ""}),
        ("room_has_a_language", {"language": ""}),
        ("room_access_is_known", {"access": "everybody"}),
        ("version", {"version": -1}),
    ],
)
def test_a_room_cannot_be(room, name, fields):
    right = {"slug": "other", "title": "Other", "language": "en-US", "owner": room.owner}
    assert refused(name, Room.objects.create, **right | fields)


def test_a_membership_has_a_known_role_and_is_one_per_account(room, ben):
    assert refused("membership_role_is_known", Membership.objects.create, room=room, user=ben, role="king")
    Membership.objects.create(room=room, user=ben, role=Role.HOST)
    assert refused(
        "membership_once_per_account", Membership.objects.create, room=room, user=ben, role=Role.VIEWER
    )


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("session_ends_after_its_start", {"started_at": NOW, "ended_at": NOW - dt.timedelta(seconds=1)}),
        ("session_lease_has_a_limit", {"ended_at": NOW, "lease": uuid.uuid4()}),
        ("session_lease_has_a_limit", {"ended_at": NOW, "lease_until": NOW}),
        ("session_has_a_language", {"language": "", "ended_at": NOW}),
        ("safe_samples", {"ended_at": NOW, "safe_samples": -1}),
    ],
)
def test_a_session_cannot_be(room, name, fields):
    assert refused(name, session_row, room, **{"started_at": NOW} | fields)


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("guest_link_role_is_known", {"role": "owner"}),
        ("guest_link_has_a_label", {"label": ""}),
        ("guest_link_ends_after_its_start", {"expires_at": NOW}),
    ],
)
def test_a_guest_link_cannot_be(room, name, fields):
    right = {"room": room, "label": "Anna", "role": "host", "created_at": NOW}
    right["expires_at"] = NOW + dt.timedelta(hours=1)
    assert refused(name, GuestLink.objects.create, **right | fields)


def test_an_overlay_link_has_a_label(room):
    assert refused("overlay_link_has_a_label", OverlayLink.objects.create, room=room, label="")


def test_a_session_has_an_account_or_a_guest_for_its_host(room, ada):
    link = guest_link(room)
    assert refused("session_has_one_host", session_row, room, host=ada, guest_link=link)


def test_a_room_has_one_session_that_has_not_ended(room):
    session_row(room, ended_at=timezone.now())
    running = session_row(room)
    assert refused("session_one_running_per_room", session_row, room)
    running.ended_at = timezone.now()
    running.save()
    session_row(room)


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("segment_kind_is_known", {"kind": "music"}),
        ("segment_state_is_known", {"state": "perfect"}),
        ("segment_utterance_from_one", {"utterance": 0}),
        ("segment_version_from_one", {"version": 0}),
        ("offset", {"offset_ms": -1}),
        ("segment_takes_time", {"duration_ms": 0}),
        ("segment_confidence_in_range", {"confidence": 1.01}),
        ("segment_confidence_in_range", {"confidence": -0.01}),
        ("segment_has_a_language", {"language": ""}),
        ("segment_speech_says_something", {"machine_text": "", "text": ""}),
        ("segment_text_is_the_machines_until_revised", {"text": "good morning"}),
    ],
)
def test_a_segment_cannot_be(session, name, fields):
    assert refused(name, segment_row, session, **fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"machine_text": "psst", "text": "psst"},
        {"text": "psst", "revision": 1},
        {"words": [{"word": "psst"}]},
        {"confidence": 0.5},
        {"speaker": "Ada"},
        {"revision": 1},
    ],
)
def test_a_gap_cannot_say_anything(session, fields):
    assert refused("segment_gap_says_nothing", gap_row, session, **fields)


def test_a_gap_without_words_is_fine(session):
    assert gap_row(session).is_gap


def test_an_utterance_is_stored_once_a_session(room, session):
    segment_row(session, utterance=7)
    assert refused("segment_utterance_once", segment_row, session, utterance=7)
    segment_row(session_row(room, ended_at=timezone.now()), utterance=7)


def test_a_version_is_used_once_a_room(room, ada, session):
    segment_row(session, version=7)
    assert refused("segment_version_once", segment_row, session, version=7)
    other = Room.objects.create(slug="other", title="Other", owner=ada)
    segment_row(session_row(other), version=7)


def test_a_revision_is_numbered_once_from_one(session):
    segment = segment_row(session)
    assert refused("revision_number_from_one", Revision.objects.create, segment=segment, number=0)
    Revision.objects.create(segment=segment, number=1)
    assert refused("revision_number_once", Revision.objects.create, segment=segment, number=1)


def test_a_removal_is_told_once(room):
    gone = uuid.uuid4()
    assert refused(
        "removal_version_is_positive", Removal.objects.create, room=room, session_id=gone, version=0
    )
    Removal.objects.create(room=room, session_id=gone, version=1)
    assert refused("removal_once_per_session", Removal.objects.create, room=room, session_id=gone, version=2)
    assert refused(
        "removal_version_once_per_room", Removal.objects.create, room=room, session_id=uuid.uuid4(), version=1
    )


# --- what goes with what ---------------------------------------------------------------------------


def test_an_account_that_owns_rooms_is_not_deleted(room):
    with pytest.raises(ProtectedError):
        room.owner.delete()
    assert Room.objects.filter(pk=room.pk).exists()


def test_what_a_host_said_and_a_reviewer_wrote_stays_when_their_accounts_go(room, ben):
    segment = segment_row(session_row(room, host=ben))
    Revision.objects.create(segment=segment, number=1, text="good morning", author=ben)
    Membership.objects.create(room=room, user=ben, role=Role.HOST)
    ben.delete()
    segment.refresh_from_db()
    assert segment.session.host is None
    assert segment.revisions.get().author is None
    assert not room.memberships.exists()


def test_a_session_takes_its_own_segments_with_it_and_no_others(room, session):
    kept = segment_row(session_row(room, ended_at=timezone.now()))
    Revision.objects.create(segment=segment_row(session), number=1)
    session.delete()
    assert Segment.objects.get() == kept
    assert not Revision.objects.exists()
    assert Session.objects.count() == 1


# --- what the machine said -------------------------------------------------------------------------


def test_saving_again_does_not_change_what_the_machine_said(session):
    segment = segment_row(session)
    segment.machine_text = segment.text = "changed"
    segment.words = [{"word": "changed"}]
    segment.revision = 1
    segment.save()
    segment.refresh_from_db()
    assert (segment.machine_text, segment.words, segment.text) == ("good evening", [], "changed")
    assert segment.is_edited


def test_asking_for_it_by_name_is_refused(session):
    segment = segment_row(session)
    with pytest.raises(ValueError, match="machine_text"):
        segment.save(update_fields=["machine_text"])
    with pytest.raises(ValueError, match="words"):
        Segment.objects.update(words=[])
    with pytest.raises(ValueError, match="machine_text"):
        Segment.objects.bulk_update([segment], ["machine_text"])


def test_times_end_where_they_end(session):
    assert segment_row(session, offset_ms=1500, duration_ms=250).end_ms == 1750


def test_usage_is_one_row_a_day_room_and_account_until_those_are_gone(room, ben):
    right = {"day": NOW.date(), "room": room, "user": ben}
    Usage.objects.create(**right)
    assert refused("usage_once_a_day", Usage.objects.create, **right)
    Usage.objects.create(**right | {"by_guest": True})
    for _ in range(2):
        Usage.objects.create(**right | {"room": None})
        Usage.objects.create(**right | {"user": None})


def test_usage_is_not_negative(room, ben):
    assert refused("samples", Usage.objects.create, day=NOW.date(), room=room, user=ben, samples=-1)


def test_a_site_is_allowed_once_a_room_and_has_a_pattern(room, ada):
    assert refused("allowed_origin_has_a_pattern", AllowedOrigin.objects.create, room=room, pattern="")
    AllowedOrigin.objects.create(room=room, pattern="https://a.example")
    assert refused(
        "allowed_origin_once_per_room", AllowedOrigin.objects.create, room=room, pattern="https://a.example"
    )
    other = Room.objects.create(slug="other", title="Other", owner=ada)
    AllowedOrigin.objects.create(room=other, pattern="https://a.example")


def test_a_site_stays_allowed_when_the_account_that_allowed_it_goes(room, ben):
    allowed = AllowedOrigin.objects.create(room=room, pattern="https://a.example", added_by=ben)
    ben.delete()
    allowed.refresh_from_db()
    assert allowed.added_by is None


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("embed_site_has_an_origin", {"origin": ""}),
        ("embed_site_once_per_room", {"origin": "https://a.example"}),
        ("accepted", {"accepted": -1}),
        ("refused", {"refused": -1}),
    ],
)
def test_a_site_that_embeds_cannot_be(room, name, fields):
    EmbedSite.objects.create(room=room, origin="https://a.example")
    right = {"room": room, "origin": "https://b.example"}
    assert refused(name, EmbedSite.objects.create, **right | fields)


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("try_has_ended_somehow", {"ended": ""}),
        ("try_shares_audio_only_if_shared", {"shares_audio": True}),
        ("characters", {"characters": -1}),
    ],
)
def test_a_try_cannot_be(ada, name, fields):
    assert refused(name, try_row, ada, **fields)


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("vote_choice_is_known", {"choice": "c"}),
        ("vote_is_between_two", {"b": "the first"}),
        ("vote_once_for_two", {}),
    ],
)
def test_a_vote_cannot_be(ada, name, fields):
    a, b = try_row(ada), try_row(ada)
    right = {"owner": ada, "a": a, "b": b, "choice": "a", "a_voice": "v", "b_voice": "w"}
    if name == "vote_once_for_two":
        Vote.objects.create(**right)
    fields = {"b": a} if "b" in fields else fields
    assert refused(name, Vote.objects.create, **right | fields)


def test_characters_are_one_row_a_day_account_and_provider(ada):
    row = {"day": NOW.date(), "user": ada, "provider": "voxnexus"}
    Characters.objects.create(**row)
    assert refused("characters_once_a_day", Characters.objects.create, **row)

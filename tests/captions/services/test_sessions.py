from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from captions.errors import (
    BadField,
    HostTaken,
    LeaseLost,
    NotAllowed,
    NotSignedIn,
    RoomClosed,
    RoomNotFound,
    SessionOver,
    SessionStillLive,
    SessionUnknown,
)
from captions.models import Removal, Role, Room, Segment, Session
from captions.services import rooms, sessions
from captions.services.captions import store
from tests.captions.making import NOBODY, at_once, final, gap, on_air, session_row

pytestmark = pytest.mark.django_db


@pytest.fixture
def host(room, ben):
    """Ben, who may host as well."""
    rooms.add_member(room, ben, Role.HOST)
    return ben


def run_out(held):
    """The lease of a claim has run out: its worker is gone."""
    Session.objects.filter(pk=held.session_id).update(
        started_at=timezone.now() - dt.timedelta(minutes=2),
        lease_until=timezone.now() - dt.timedelta(minutes=1),
    )


# --- beginning -------------------------------------------------------------------------------------


def test_a_start_that_is_said_again_begins_once(room):
    own = uuid.uuid4()
    first = on_air(room, session_id=str(own), is_new=True)
    again = on_air(room, session_id=str(own), is_new=True)
    assert first.session_id == again.session_id == own
    assert again.samples == 0
    assert Session.objects.count() == 1


def test_a_new_session_cannot_have_the_name_of_one_in_another_room(room, ada):
    own = on_air(room).session_id
    other = rooms.create_room(owner=ada, title="Other", language="en-US", slug="other-hall")
    with pytest.raises(SessionUnknown):
        on_air(other, session_id=own, is_new=True)


def test_a_new_session_is_refused_while_another_one_is_on_the_air(room):
    on_air(room)
    with pytest.raises(HostTaken):
        on_air(room, session_id=uuid.uuid4(), is_new=True)


def test_a_first_claim_begins_a_session_at_its_first_sample(room, ada):
    held = on_air(room, language="de-de", engine="scripted")
    session = Session.objects.get()
    assert (held.session_id, held.room_id, held.samples, held.next_utterance, held.resumed) == (
        session.pk, room.pk, 0, 1, False,
    )  # fmt: skip
    assert (session.host, session.language, session.engine, session.lease) == (
        ada, "de-DE", "scripted", held.lease,
    )  # fmt: skip
    assert session.is_on_air()
    assert sessions.is_live(room.pk)
    assert sessions.running(room) == session


def test_a_session_speaks_the_rooms_language_unless_told_otherwise(room):
    rooms.update_room(room, language="fr-FR")
    assert on_air(room).language == "fr-FR"


def test_refusals_are_asked_for_in_their_order(room, cleo):
    rooms.close_room(room)
    attempt = {"language": "!", "session_id": "not an id"}
    with pytest.raises(NotSignedIn):
        on_air(room, AnonymousUser(), room_slug="nowhere", **attempt)
    with pytest.raises(RoomNotFound):
        on_air(room, cleo, room_slug="nowhere", **attempt)
    with pytest.raises(NotAllowed):
        on_air(room, cleo, **attempt)
    with pytest.raises(RoomClosed):
        on_air(room, **attempt)
    rooms.open_room(room)
    with pytest.raises(SessionUnknown):
        on_air(room, **attempt)
    with pytest.raises(BadField):
        on_air(room, language="!")


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.VIEWER])
def test_other_roles_may_not_host(room, ben, role):
    rooms.add_member(room, ben, role)
    with pytest.raises(NotAllowed):
        on_air(room, ben)
    assert not Session.objects.exists()


def test_a_second_host_is_refused_and_told_who_is_on_air(room, host):
    held = on_air(room)
    for second in (host, room.owner):
        with pytest.raises(HostTaken) as raised:
            on_air(room, second)
        assert raised.value.session_id == str(held.session_id)


def test_taking_over_ends_the_other_session_and_begins_one_of_its_own(room, host):
    first = on_air(room)
    second = on_air(room, host, take_over=True)
    assert (second.session_id != first.session_id, second.samples, second.resumed) == (True, 0, False)
    assert second.ended_session_id == first.session_id
    assert Session.objects.get(pk=first.session_id).is_over
    with pytest.raises(LeaseLost):
        sessions.renew(first.session_id, first.lease, 30)


def test_who_was_taken_over_from_can_still_store_what_was_said_before(room, host):
    first = on_air(room)
    on_air(room, host, take_over=True)
    assert store(first.session_id, first.lease, final()).version == 1
    assert sessions.end(first.session_id, first.lease) == 1
    with pytest.raises(LeaseLost):
        store(first.session_id, first.lease, final(2))


def test_a_session_left_behind_does_not_hold_the_air(room, host):
    held = on_air(room)
    run_out(held)
    assert not sessions.is_live(room.pk)
    on_air(room, host)
    left = Session.objects.get(pk=held.session_id)
    assert left.ended_at == left.lease_until


def test_releasing_frees_the_air_at_once_without_ending(room, host):
    held = on_air(room)
    sessions.release(held.session_id, NOBODY)
    assert sessions.is_live(room.pk)
    sessions.release(held.session_id, held.lease)
    assert not sessions.is_live(room.pk)
    assert not Session.objects.get().is_over
    on_air(room, host)


# --- going on --------------------------------------------------------------------------------------


def test_going_on_begins_behind_what_is_stored(room):
    held = on_air(room)
    store(held.session_id, held.lease, final(1, offset_ms=0, duration_ms=1000))
    store(held.session_id, held.lease, gap(2, offset_ms=1000, duration_ms=500))
    again = on_air(room, session_id=str(held.session_id), language="de-DE")
    assert (again.session_id, again.resumed) == (held.session_id, True)
    assert (again.samples, again.next_utterance, again.language) == (1500 * 16, 3, "en-US")
    assert again.lease != held.lease


def test_going_on_begins_behind_the_silence_that_was_told_of(room):
    held = on_air(room)
    store(held.session_id, held.lease, final(1, offset_ms=0, duration_ms=1000))
    sessions.renew(held.session_id, held.lease, 30, safe_samples=80_000)
    assert on_air(room, session_id=held.session_id).samples == 80_000


def test_a_worker_that_was_cut_off_can_neither_store_nor_renew_nor_end(room):
    old = on_air(room)
    new = on_air(room, session_id=old.session_id)
    for attempt in (
        lambda: store(old.session_id, old.lease, final()),
        lambda: sessions.renew(old.session_id, old.lease, 30),
        lambda: sessions.end(old.session_id, old.lease),
    ):
        with pytest.raises(LeaseLost):
            attempt()
    sessions.release(old.session_id, old.lease)
    assert sessions.is_live(room.pk)
    assert not Segment.objects.exists()
    store(new.session_id, new.lease, final())


def test_a_worker_that_goes_on_with_its_own_session_keeps_its_lease(room):
    held = on_air(room)
    assert on_air(room, session_id=held.session_id, held=held.lease).lease == held.lease
    other = on_air(room, session_id=held.session_id)
    assert on_air(room, session_id=held.session_id, held=held.lease).lease not in (held.lease, other.lease)


def test_another_account_goes_on_only_by_taking_over_or_when_nobody_is_there(room, host):
    held = on_air(room)
    with pytest.raises(HostTaken):
        on_air(room, host, session_id=held.session_id)
    assert on_air(room, host, session_id=held.session_id, take_over=True).resumed
    assert Session.objects.get().host == host
    run_out(held)
    assert on_air(room, session_id=held.session_id).resumed
    assert Session.objects.get().host == room.owner


def test_a_session_that_is_over_unknown_or_elsewhere_is_refused_by_name(room, ada):
    held = on_air(room)
    sessions.end(held.session_id, held.lease)
    with pytest.raises(SessionOver):
        on_air(room, session_id=held.session_id)
    elsewhere = session_row(rooms.create_room(owner=ada, title="Other"))
    for unknown in (uuid.uuid4(), elsewhere.pk, "", "x" * 10_000, "{}"):
        with pytest.raises(SessionUnknown):
            on_air(room, session_id=unknown)


# --- ending ----------------------------------------------------------------------------------------


def test_ending_counts_speech_and_says_the_same_again(room):
    held = on_air(room)
    store(held.session_id, held.lease, final(1))
    store(held.session_id, held.lease, gap(2))
    assert sessions.end(held.session_id, held.lease) == 1
    ended_at = Session.objects.get().ended_at
    assert sessions.end(held.session_id, held.lease) == 1
    assert sessions.end(held.session_id) == 1
    assert Session.objects.get().ended_at == ended_at
    assert not sessions.is_live(room.pk)


def test_ending_from_elsewhere_lets_the_worker_store_its_tail(room):
    held = on_air(room)
    assert sessions.end(held.session_id) == 0
    store(held.session_id, held.lease, final())
    assert sessions.end(held.session_id, held.lease) == 1


def test_ending_what_is_not_there_is_refused_by_name(db):
    with pytest.raises(SessionUnknown):
        sessions.end(uuid.uuid4())


def test_renewing_says_why_not(room):
    held = on_air(room)
    with pytest.raises(LeaseLost, match="elsewhere"):
        sessions.renew(held.session_id, NOBODY, 30)
    sessions.end(held.session_id)
    with pytest.raises(LeaseLost, match="ended"):
        sessions.renew(held.session_id, held.lease, 30)


def test_renewing_moves_the_limit(room):
    held = on_air(room, lease_s=1)
    sessions.renew(held.session_id, held.lease, 3600)
    assert Session.objects.get().is_on_air(timezone.now() + dt.timedelta(minutes=59))


# --- titles and deletion ---------------------------------------------------------------------------


def test_a_session_takes_a_title_as_text(room):
    session = session_row(room)
    assert sessions.rename(session, " <i>Part\n1</i>\x00 ").title == "<i>Part 1</i>"
    assert sessions.rename(session, "").title == ""
    with pytest.raises(BadField):
        sessions.rename(session, "x" * 201)


def test_a_session_on_air_or_left_behind_is_not_deleted(room):
    held = on_air(room)
    session = Session.objects.get()
    with pytest.raises(SessionStillLive):
        sessions.delete(session)
    sessions.end(held.session_id, held.lease)
    sessions.delete(session)
    assert not Session.objects.exists()


def test_a_deletion_takes_a_version_and_is_told_to_those_who_come_later(room):
    held = on_air(room)
    store(held.session_id, held.lease, final())
    sessions.end(held.session_id, held.lease)
    assert sessions.delete(Session.objects.get()) == 2
    removal = Removal.objects.get()
    assert (removal.session_id, removal.version) == (held.session_id, 2)
    assert Room.objects.get().version == 2
    next_one = on_air(room)
    assert store(next_one.session_id, next_one.lease, final()).version == 3


def test_deleting_twice_is_refused_by_name(room):
    session = session_row(room, ended_at=timezone.now())
    again = Session.objects.get()
    sessions.delete(session)
    with pytest.raises(SessionUnknown):
        sessions.delete(again)
    assert Removal.objects.count() == 1


# --- at once ---------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_many_who_start_at_once_one_gets_the_air(room):
    results = at_once([lambda: on_air(room)] * 5)
    assert sorted(type(result).__name__ for result in results) == ["Claim"] + ["HostTaken"] * 4
    assert Session.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_who_take_over_at_once_the_last_has_the_air(room):
    results = at_once([lambda: on_air(room, take_over=True)] * 5)
    running = sessions.running(room)
    assert running is not None
    assert [held.session_id for held in results if held.lease == running.lease] == [running.pk]
    assert Session.objects.count() == 5


@pytest.mark.django_db(transaction=True)
def test_claiming_while_the_old_worker_stores_ends_in_one_order_or_the_other(room):
    held = on_air(room)
    results = at_once(
        [
            lambda: store(held.session_id, held.lease, final()),
            lambda: on_air(room, session_id=held.session_id),
        ]
    )
    stored, again = results
    if isinstance(stored, LeaseLost):
        assert (again.samples, again.next_utterance) == (0, 1)
    else:
        assert (again.samples, again.next_utterance) == (16_000, 2)


# --- taking back -----------------------------------------------------------------------------------


def test_a_session_that_came_to_nothing_is_taken_back(room):
    held = on_air(room)
    sessions.take_back(held.session_id, held.lease)
    assert not Session.objects.exists()


def test_a_session_in_which_something_was_said_only_ends(room):
    held = on_air(room)
    store(held.session_id, held.lease, gap(1))
    sessions.take_back(held.session_id, held.lease)
    assert Session.objects.get().is_over


def test_nobody_takes_back_anothers_session(room):
    held = on_air(room)
    with pytest.raises(LeaseLost):
        sessions.take_back(held.session_id, uuid.uuid4())
    assert not Session.objects.get().is_over

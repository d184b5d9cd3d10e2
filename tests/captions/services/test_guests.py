from __future__ import annotations

import base64
import datetime as dt
import uuid

import pytest
from django.core import signing
from django.utils import timezone

from captions.errors import BadField, GuestLinkOver, GuestLinkUnknown, HostTaken, NotAllowed
from captions.models import GuestLink, GuestRole, Session
from captions.services import guests, rooms, sessions
from tests.captions.making import guest_link, on_air

pytestmark = pytest.mark.django_db


def expired(link):
    link.created_at -= dt.timedelta(days=2)
    link.expires_at = timezone.now() - dt.timedelta(seconds=1)
    link.save()
    return link


def test_a_link_leads_back_to_its_row(room):
    link = guest_link(room)
    assert guests.follow(guests.token(link)) == link


def test_following_a_link_is_remembered(room):
    link = guest_link(room)
    assert link.used_at is None
    guests.follow(guests.token(link))
    link.refresh_from_db()
    assert timezone.now() - link.used_at < dt.timedelta(minutes=1)


def test_a_token_fits_into_an_address_as_it_is(room):
    assert set(guests.token(guest_link(room))) <= set(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."
    )


def spoilt(link):
    token = guests.token(link)
    name, _, signature = token.partition(".")
    other = base64.urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode()
    return {
        "nothing": "",
        "the id alone": str(link.pk),
        "unsigned": name,
        "cut off": token[:-1],
        "longer": token + "a",
        "another id under this signature": f"{other}.{signature}",
        "signed for another purpose": signing.Signer(salt="something else", sep=".").sign(name),
        "signed with another key": signing.Signer(key="x" * 50, salt="captions.guest-link", sep=".").sign(
            name
        ),
        "signed, and no id": signing.Signer(salt="captions.guest-link", sep=".").sign("hello"),
        "signed, and nobody's id": signing.Signer(salt="captions.guest-link", sep=".").sign(other),
        "no ASCII": "مرحبا.مرحبا",
        "NUL": "\0.\0",
        "a megabyte": "x" * 1_000_000,
    }


def test_nothing_but_our_own_token_is_one(room):
    for what, token in spoilt(guest_link(room)).items():
        with pytest.raises(GuestLinkUnknown):
            pytest.fail(f"{what} led to {guests.follow(token)}")


def test_a_revoked_link_says_so_and_whom_to_ask(room):
    link = guest_link(room)
    assert guests.revoke(link)
    with pytest.raises(GuestLinkOver, match=r"taken back by the room's owner\. Ask the person who sent it"):
        guests.follow(guests.token(link))
    assert not guests.revoke(link), "again, and nothing happens"


def test_an_expired_link_says_so_and_whom_to_ask(room):
    link = expired(guest_link(room))
    with pytest.raises(GuestLinkOver, match=r"was good until .* UTC\. Ask the person who sent it"):
        guests.follow(guests.token(link))


@pytest.mark.parametrize(
    ("spoil", "field"),
    [
        ({"label": " \x07 "}, "label"),
        ({"label": "x" * 81}, "label"),
        ({"role": "owner"}, "role"),
        ({"lifetime_s": 0}, "lifetime"),
        ({"lifetime_s": -1}, "lifetime"),
        ({"lifetime_s": 31 * 24 * 3600}, "lifetime"),
    ],
)
def test_what_cannot_be_a_link_is_refused_by_field(room, spoil, field):
    with pytest.raises(BadField) as refused:
        guest_link(room, **spoil)
    assert refused.value.field == field
    assert not GuestLink.objects.exists()


def test_a_host_s_link_lets_host_and_view_in_its_room_alone(room, ada):
    other = rooms.create_room(owner=ada, title="Other", access="members")
    rooms.update_room(room, access="members")
    guest = guests.guest(guest_link(room))
    assert rooms.may_host(room, guest)
    assert rooms.may_view(room, guest)
    assert not rooms.may_host(other, guest)
    assert not rooms.may_view(other, guest)


def test_a_reader_s_link_lets_nobody_speak(room):
    rooms.update_room(room, access="members")
    guest = guests.guest(guest_link(room, role=GuestRole.VIEW))
    assert rooms.may_view(room, guest)
    assert not rooms.may_host(room, guest)
    with pytest.raises(NotAllowed):
        on_air(room, guest)


def test_no_guest_reviews_or_manages(room):
    guest = guests.guest(guest_link(room))
    assert not rooms.may_review(room, guest)
    assert not rooms.may_manage(room, guest)
    assert not rooms.rooms_of(guest).exists()


@pytest.mark.parametrize("end", [guests.revoke, expired, GuestLink.delete])
def test_a_guest_may_nothing_once_the_link_is_over(room, end):
    rooms.update_room(room, access="members")
    link = guest_link(room)
    guest = guests.guest(link)
    end(link)
    assert not rooms.may_view(room, guest)
    assert not rooms.may_host(room, guest)
    with pytest.raises(NotAllowed):
        on_air(room, guest)


def test_the_list_has_all_good_links_and_the_newest_of_the_others(room):
    for n in range(guests.SHOWN_OVER + 5):
        guests.revoke(guest_link(room, label=f"old {n}"))
    good = [guest_link(room, label=f"good {n}") for n in range(guests.SHOWN_OVER + 5)]
    shown = guests.links_of(room)
    assert [link.label for link in shown[: len(good)]] == [link.label for link in reversed(good)]
    assert [link.label for link in shown[len(good) :]] == [f"old {n}" for n in range(14, 4, -1)]


# --- a guest's session ---


def test_a_session_remembers_its_guest(room):
    link = guest_link(room, label="Anna's laptop")
    session = Session.objects.get(pk=on_air(room, guests.guest(link)).session_id)
    assert (session.host, session.guest_link) == (None, link)
    assert session.host_name == "guest Anna's laptop"
    link.delete()
    session.refresh_from_db()
    assert session.host_name == ""


def test_the_same_guest_goes_on_after_a_reload_and_another_one_does_not(room):
    guest = guests.guest(guest_link(room))
    other = guests.guest(guest_link(room))
    held = on_air(room, guest)
    assert on_air(room, guest, session_id=held.session_id).resumed
    for stranger in (other, room.owner):
        with pytest.raises(HostTaken):
            on_air(room, stranger, session_id=held.session_id)


def test_a_session_that_is_taken_over_is_whose_it_is_now(room):
    guest = guests.guest(guest_link(room))
    held = on_air(room, guest)
    on_air(room, room.owner, session_id=held.session_id, take_over=True)
    session = Session.objects.get()
    assert (session.host, session.guest_link) == (room.owner, None)
    assert sessions.is_of(session, room.owner)
    assert not sessions.is_of(session, guest)
    on_air(room, guest, session_id=held.session_id, take_over=True)
    session.refresh_from_db()
    assert sessions.is_of(session, guest)
    assert session.host is None


def test_deleting_a_room_takes_its_links_and_what_guests_said(room):
    held = on_air(room, guests.guest(guest_link(room)))
    sessions.end(held.session_id, held.lease)
    rooms.delete_room(room)
    assert not GuestLink.objects.exists()
    assert not Session.objects.exists()

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from captions.errors import BadField, OverlayLinkNeeded, OverlayLinkOver, OverlayLinkUnknown
from captions.models import OverlayLink
from captions.services import guests, overlays, rooms
from tests.captions.making import at_once, guest_link, overlay_link

pytestmark = pytest.mark.django_db


@pytest.fixture
def members(room):
    return rooms.update_room(room, access="members")


def test_a_link_leads_back_to_its_row(room):
    link = overlay_link(room)
    assert overlays.follow(room, overlays.token(link)) == link


def test_a_link_of_another_room_leads_nowhere_here(room, ada):
    elsewhere = overlay_link(rooms.create_room(owner=ada, title="Other"))
    with pytest.raises(OverlayLinkUnknown):
        overlays.follow(room, overlays.token(elsewhere))


def test_a_guest_s_link_is_no_overlay_s_nor_the_other_way_round(room):
    with pytest.raises(OverlayLinkUnknown):
        overlays.follow(room, guests.token(guest_link(room)))
    assert OverlayLink.objects.count() == 0


@pytest.mark.parametrize("written", ["", "x", "\0", "مرحبا", "x" * 100_000])
def test_what_is_no_token_leads_nowhere(room, written):
    with pytest.raises(OverlayLinkUnknown, match="Copy the whole address"):
        overlays.follow(room, written)


def test_a_revoked_link_says_so_and_where_to_make_a_new_one(room):
    link = overlay_link(room)
    assert overlays.revoke(link)
    with pytest.raises(
        OverlayLinkOver, match=r"^This overlay link was revoked\. Make a new one on the room's page\.$"
    ):
        overlays.follow(room, overlays.token(link))
    assert not overlays.revoke(link), "again, and nothing happens"


def test_an_overlay_of_a_room_for_everyone_needs_no_link_but_one_that_it_brings_must_be_good(room):
    overlays.come_in(room, "")
    link = overlay_link(room)
    overlays.come_in(room, overlays.token(link))
    overlays.revoke(link)
    with pytest.raises(OverlayLinkOver):
        overlays.come_in(room, overlays.token(link))
    with pytest.raises(OverlayLinkUnknown):
        overlays.come_in(room, "x")


def test_an_overlay_of_a_room_for_members_comes_in_by_a_link_alone(members):
    overlays.come_in(members, overlays.token(overlay_link(members)))
    with pytest.raises(OverlayLinkNeeded, match="Make a link for its overlay on the room's page"):
        overlays.come_in(members, "")


def test_that_an_overlay_was_loaded_is_remembered_once_a_minute(room):
    link = overlay_link(room)
    overlays.come_in(room, overlays.token(link))
    link.refresh_from_db()
    first = link.used_at
    assert timezone.now() - first < dt.timedelta(minutes=1)
    overlays.come_in(room, overlays.token(link))
    link.refresh_from_db()
    assert link.used_at == first
    OverlayLink.objects.update(used_at=first - dt.timedelta(minutes=2))
    overlays.come_in(room, overlays.token(link))
    link.refresh_from_db()
    assert link.used_at >= first


@pytest.mark.parametrize("label", ["", " \x07 ", "x" * 81])
def test_what_cannot_be_a_label_is_refused(room, label):
    with pytest.raises(BadField) as refused:
        overlay_link(room, label=label)
    assert refused.value.field == "label"
    assert not OverlayLink.objects.exists()


def test_a_room_has_so_many_good_links_and_no_more(room, ada):
    links = [overlay_link(room) for _ in range(overlays.LINKS_MAX)]
    with pytest.raises(BadField, match="20 overlay links at most"):
        overlay_link(room)
    overlay_link(rooms.create_room(owner=ada, title="Other"))
    overlays.revoke(links[0])
    overlay_link(room)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_make_the_last_one_at_once_one_is_refused(room):
    for _ in range(overlays.LINKS_MAX - 1):
        overlay_link(room)
    made = at_once([lambda: overlay_link(room)] * 3)
    assert sum(isinstance(each, OverlayLink) for each in made) == 1
    assert sum(isinstance(each, BadField) for each in made) == 2


def test_the_list_has_all_good_links_and_the_newest_of_the_others(room):
    for n in range(overlays.SHOWN_OVER + 5):
        overlays.revoke(overlay_link(room, label=f"old {n}"))
    good = [overlay_link(room, label=f"good {n}") for n in range(3)]
    shown = [link.label for link in overlays.links_of(room)]
    assert shown[:3] == [link.label for link in reversed(good)]
    assert shown[3:] == [f"old {n}" for n in range(14, 4, -1)]


def test_deleting_a_room_takes_its_links(room):
    overlay_link(room)
    rooms.delete_room(room)
    assert not OverlayLink.objects.exists()


def test_a_link_outlives_the_account_that_made_it(room, ben):
    link = overlay_link(room, made_by=ben)
    ben.delete()
    assert overlays.follow(room, overlays.token(link)).made_by is None

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.contrib.sessions.models import Session as SignIn
from django.db import connection
from django.test import Client
from django.utils import timezone

from captions.errors import EmbedRefused, GuestLinkOver, NotAllowed, NotSignedIn
from captions.models import Role
from captions.origins import parse
from captions.services import embedding, guests, overlays, passes, rooms
from captions.services.passes import (
    Caller,
    Pass,
    embed_pass,
    host_pass,
    link_ids,
    overlay_pass,
    reader,
    refused,
    speaker,
    view_pass,
)
from captions.services.rooms import Guest
from tests.captions.making import guest_link, overlay_link

pytestmark = pytest.mark.django_db


@pytest.fixture
def members(room, ben):
    """The room, for its members; Ben may speak in it."""
    rooms.add_member(room, ben, Role.HOST)
    return rooms.update_room(room, access="members")


def signed_in(user, *links):
    client = Client()
    client.force_login(user)
    return Caller(user, client.session.session_key, tuple(link.pk for link in links))


def guest(*links):
    return Caller(links=tuple(link.pk for link in links))


# --- coming in ---


def test_an_account_comes_before_a_guest(members, ada):
    assert speaker(members, signed_in(ada, guest_link(members))) == ada


def test_a_guest_speaks_where_the_account_may_not(members, cleo):
    link = guest_link(members)
    assert speaker(members, signed_in(cleo, link)) == guests.guest(link)


def test_of_two_links_the_one_counts_that_is_enough(members):
    old, new = guest_link(members, role="host"), guest_link(members, role="view")
    who = speaker(members, guest(old, new))
    assert isinstance(who, Guest)
    assert who.link_id == old.pk


def test_a_link_into_another_room_opens_no_door(members, ada):
    elsewhere = guest_link(rooms.create_room(owner=ada, title="Other"))
    for ask in (speaker, reader):
        with pytest.raises(NotSignedIn):
            ask(members, guest(elsewhere))


@pytest.mark.parametrize("ask", [speaker, reader])
def test_a_link_that_is_over_says_so_rather_than_asking_to_sign_in(members, ask):
    link = guest_link(members)
    guests.revoke(link)
    with pytest.raises(GuestLinkOver, match="taken back"):
        ask(members, guest(link))


def test_a_link_to_read_says_what_to_ask_for(members):
    with pytest.raises(NotAllowed, match=r"for reading along.*one to speak"):
        speaker(members, guest(guest_link(members, role="view")))


def test_strangers_sign_in_and_other_accounts_ask_the_owner(members, cleo):
    for ask in (speaker, reader):
        with pytest.raises(NotSignedIn):
            ask(members, Caller())
        with pytest.raises(NotAllowed):
            ask(members, signed_in(cleo))


@pytest.mark.parametrize("kept", [None, "x", {"a": 1}, [None, 3, "x", ["y"]]])
def test_what_a_session_keeps_is_believed_only_as_ids(kept):
    assert link_ids(kept) == ()


def test_of_many_links_the_newest_are_kept():
    ids = [uuid.uuid4() for _ in range(passes.LINKS_MAX + 5)]
    assert link_ids([str(each) for each in ids]) == tuple(ids[5:])


# --- asking again ---


def why(held):
    error = refused([held]).get(held)
    return error.code if error is not None else ""


def test_what_has_not_changed_is_good(members, ada, ben):
    link = guest_link(members)
    for who in (signed_in(ada), signed_in(ben), guest(link)):
        assert why(host_pass(members, who)[1]) == ""
        assert why(view_pass(members, who)) == ""


def delete_account(room, user):
    user.delete()


def switch_off(room, user):
    user.is_active = False
    user.save()


def change_password(room, user):
    user.set_password("another long one")
    user.save()


def sign_out(room, user):
    SignIn.objects.all().delete()


def grow_old(room, user):
    SignIn.objects.update(expire_date=timezone.now())


def become_viewer(room, user):
    rooms.add_member(room, user, Role.VIEWER)


CHANGES = [
    (rooms.remove_member, "room.not_allowed", "room.not_allowed"),
    (become_viewer, "room.not_allowed", ""),
    (switch_off, "room.not_signed_in", "room.not_signed_in"),
    (delete_account, "room.not_signed_in", "room.not_signed_in"),
    (change_password, "room.not_signed_in", "room.not_signed_in"),
    (sign_out, "room.not_signed_in", "room.not_signed_in"),
    (grow_old, "room.not_signed_in", "room.not_signed_in"),
]


@pytest.mark.parametrize(
    ("change", "to_host", "to_reader"), CHANGES, ids=[each[0].__name__ for each in CHANGES]
)
def test_what_an_account_s_pass_rests_on(members, ben, change, to_host, to_reader):
    who = signed_in(ben)
    speaks, reads = host_pass(members, who)[1], view_pass(members, who)
    change(members, ben)
    assert (why(speaks), why(reads)) == (to_host, to_reader)


def test_an_account_that_is_deleted_while_it_is_asked_about_is_gone(members, ben):
    held = host_pass(members, signed_in(ben))[1]
    deleted = []

    def after_the_roles(execute, sql, params, many, context):
        found = execute(sql, params, many, context)
        if not deleted and "captions_membership" in sql:
            deleted.append(True)
            ben.delete()
        return found

    with connection.execute_wrapper(after_the_roles):
        assert why(held) == "room.not_signed_in"
    assert deleted


def test_a_sign_in_that_has_become_somebody_else_s_is_none(members, ben, cleo):
    held = view_pass(members, signed_in(ben))
    theirs = signed_in(cleo)
    swapped = Pass(held.room_id, held.speaks, held.user_id, theirs.session_key)
    assert why(swapped) == "room.not_signed_in"


def test_a_room_s_former_owner_is_a_stranger_in_it(members, ada, cleo):
    held = host_pass(members, signed_in(ada))[1]
    members.owner = cleo
    members.save()
    assert why(held) == "room.not_allowed"


def test_staff_who_may_see_transcripts_may_stay_as_long_as_they_may(members, cleo):
    cleo.is_staff = cleo.is_superuser = True
    cleo.save()
    held = view_pass(members, signed_in(cleo))
    assert why(held) == ""
    cleo.is_superuser = False
    cleo.save()
    assert why(held) == "room.not_allowed"


def test_a_guest_s_pass_is_as_good_as_its_link(members):
    links = [guest_link(members) for _ in range(4)]
    held = [host_pass(members, guest(link))[1] for link in links]
    guests.revoke(links[0])
    links[1].created_at -= dt.timedelta(days=1)
    links[1].expires_at = timezone.now()
    links[1].save()
    links[2].delete()
    void = refused(held)
    assert [each in void for each in held] == [True, True, True, False]
    assert {error.code for error in void.values()} == {"room.not_allowed"}
    assert "taken back" in str(void[held[0]])
    assert "was good until" in str(void[held[1]])


@pytest.mark.parametrize("access", ["link", "members"])
def test_an_overlay_s_pass_is_as_good_as_its_link_whoever_may_read(members, access):
    rooms.update_room(members, access=access)
    links = [overlay_link(members) for _ in range(3)]
    held = [overlay_pass(members, overlays.token(link)) for link in links]
    assert refused(held) == {}
    overlays.revoke(links[0])
    links[1].delete()
    assert [why(each) for each in held] == ["overlay.revoked", "overlay.unknown", ""]


def test_an_overlay_s_pass_opens_its_room_alone_and_lets_nobody_speak(members, ada):
    link = overlay_link(members)
    held = overlay_pass(members, overlays.token(link))
    assert not held.speaks
    other = rooms.create_room(owner=ada, title="Other")
    assert why(Pass(other.pk, speaks=False, overlay_id=link.pk)) == "overlay.unknown"


def test_readers_of_a_room_that_is_open_to_all_need_no_pass(members, ben):
    who = signed_in(ben)
    speaks, reads = host_pass(members, who)[1], view_pass(members, who)
    rooms.update_room(members, access="link")
    rooms.remove_member(members, ben)
    assert (why(speaks), why(reads)) == ("room.not_allowed", "")


def test_nobody_is_shown_out_of_a_room_that_is_gone(members, ada):
    held = view_pass(members, signed_in(ada))
    rooms.delete_room(members)
    assert why(held) == ""


# --- pages of other sites ---

BLOG = "https://blog.example.org"


def test_a_site_s_pass_is_as_good_as_what_allows_it(room):
    embedding.allow(room, BLOG)
    held = embed_pass(room, parse(BLOG))
    assert why(held) == ""
    embedding.allow(room, "https://*.example.org")
    embedding.disallow(room, BLOG)
    assert why(held) == ""
    embedding.disallow(room, "https://*.example.org")
    assert why(held) == "embed.refused"
    with pytest.raises(EmbedRefused, match=BLOG):
        embed_pass(room, parse(BLOG))


def test_what_another_room_allows_is_nothing_to_this_one(room, ada):
    embedding.allow(room, BLOG)
    held = embed_pass(room, parse(BLOG))
    embedding.allow(rooms.create_room(owner=ada, title="Other"), BLOG)
    embedding.disallow(room, BLOG)
    assert why(held) == "embed.refused"


def test_no_site_has_a_pass_to_a_room_for_members(room):
    embedding.allow(room, BLOG)
    held = embed_pass(room, parse(BLOG))
    members = rooms.update_room(room, access="members")
    assert why(held) == "room.not_allowed"
    with pytest.raises(NotAllowed, match="can be embedded"):
        embed_pass(members, parse(BLOG))


def test_many_passes_cost_a_handful_of_queries(members, ada, ben, django_assert_max_num_queries):
    callers = [signed_in(user) for user in (ada, ben) for _ in range(20)]
    callers += [guest(guest_link(members)) for _ in range(20)]
    held = [view_pass(members, who) for who in callers]
    held += [overlay_pass(members, overlays.token(overlay_link(members))) for _ in range(20)]
    with django_assert_max_num_queries(6):
        assert refused(held) == {}
    with django_assert_max_num_queries(1):
        refused([])

from __future__ import annotations

import datetime as dt

import pytest
from django.contrib.auth.models import AnonymousUser, Permission
from django.db import DatabaseError
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from captions import slugs
from captions.errors import BadField, LeaseLost, RoomClosed, RoomNotFound, SessionStillLive, SlugTaken
from captions.models import Access, Membership, Role, Room, Segment
from captions.services import rooms, sessions
from captions.services.captions import store
from tests.captions.making import at_once, final, on_air, segment_row, session_row

pytestmark = pytest.mark.django_db


def test_a_room_without_a_slug_gets_one_nobody_can_guess(ada):
    made = {rooms.create_room(owner=ada, title="Choir", language="en-US").slug for _ in range(20)}
    assert len(made) == 20
    assert all(len(slug) == 10 and set(slug) <= set(slugs.ALPHABET) for slug in made)


def test_a_random_slug_that_exists_is_drawn_again(ada, monkeypatch):
    drawn = iter(["taken", "taken", "free"])
    monkeypatch.setattr(slugs, "random_slug", lambda: next(drawn))
    assert rooms.create_room(owner=ada, title="One").slug == "taken"
    assert rooms.create_room(owner=ada, title="Two").slug == "free"


def test_a_slug_that_is_taken_is_refused_however_it_is_capitalised(ada, room):
    with pytest.raises(SlugTaken):
        rooms.create_room(owner=ada, title="Again", language="en-US", slug="Town-Hall")
    assert Room.objects.count() == 1


@pytest.mark.parametrize("slug", ["../etc", "a b", "<b>", "new", "ab", "x" * 51, "tëst", "-a-", "a\x00b"])
def test_a_hostile_slug_is_refused_in_words(ada, slug):
    with pytest.raises(BadField) as raised:
        rooms.create_room(owner=ada, title="Title", slug=slug)
    assert raised.value.field == "slug"


@pytest.mark.parametrize("title", ["", "  ", "\x00\x1b", "x" * 201, "x" * 10_000])
def test_a_title_that_is_none_or_too_long_is_refused_in_words(ada, title):
    with pytest.raises(BadField) as raised:
        rooms.create_room(owner=ada, title=title)
    assert raised.value.field == "title"


def test_a_title_is_kept_as_text(ada):
    made = rooms.create_room(owner=ada, title="  <b>שלום</b>\n👩‍👩‍👧 \x07 & co ")
    assert made.title == "<b>שלום</b> 👩‍👩‍👧 & co"


def test_a_language_is_spelt_as_usual_or_refused(ada):
    assert rooms.create_room(owner=ada, title="A", language="PT-br").language == "pt-BR"
    with pytest.raises(BadField):
        rooms.create_room(owner=ada, title="A", language="klingon language")


def test_an_update_changes_what_is_given(room):
    rooms.update_room(room, title="Council", access="members")
    room.refresh_from_db()
    assert (room.title, room.access, room.language, room.slug) == (
        "Council", "members", "en-US", "town-hall",
    )  # fmt: skip


def test_an_update_does_not_turn_versions_back(room):
    stale = Room.objects.get(pk=room.pk)
    sessions.next_version(room.pk)
    rooms.update_room(stale, title="Council")
    assert Room.objects.get(pk=room.pk).version == 1


def test_a_slug_changes_only_to_a_free_one(ada, room):
    rooms.create_room(owner=ada, title="Other", slug="other")
    with pytest.raises(SlugTaken):
        rooms.update_room(room, slug="other")
    assert room.slug == "town-hall"
    assert rooms.update_room(room, slug="third").slug == "third"


@pytest.mark.parametrize("slug", ["town-hall", "TOWN-hall"])
def test_a_room_is_found_by_its_slug(room, slug):
    assert rooms.find_room(slug) == room


@pytest.mark.parametrize("slug", ["", "nowhere", "x" * 100_000, "a\x00b", "ſ", "town-hall\n", "%"])
def test_an_unknown_slug_is_not_found_whatever_it_is(room, slug):
    with pytest.raises(RoomNotFound):
        rooms.find_room(slug)


# --- who may what ----------------------------------------------------------------------------------

QUESTIONS = ("view", "host", "review", "manage")
PUBLIC = {
    "owner": "view host review manage",
    "host": "view host review",
    "reviewer": "view review",
    "viewer": "view",
    "member of another room": "view",
    "account": "view",
    "inactive host": "view",
    "staff": "view",
    "staff who may change": "view review",
    "superuser": "view review",
    "stranger": "view",
    "nobody": "view",
}
MEMBERS = PUBLIC | {
    "member of another room": "",
    "account": "",
    "inactive host": "",
    "staff": "",
    "stranger": "",
    "nobody": "",
    "staff who may change": "review",
}


@pytest.fixture
def people(room, ada, ben, cleo, django_user_model):
    """Somebody of each kind."""

    def account(name, role=None, of=room, **fields):
        user = django_user_model.objects.create_user(name, **fields)
        if role:
            rooms.add_member(of, user, role)
        return user

    other = rooms.create_room(owner=cleo, title="Other")
    changer = account("changer", is_staff=True)
    changer.user_permissions.add(Permission.objects.get(codename="change_segment"))
    return {
        "owner": ada,
        "host": account("host", Role.HOST),
        "reviewer": account("reviewer", Role.REVIEWER),
        "viewer": account("viewer", Role.VIEWER),
        "member of another room": account("elsewhere", Role.HOST, of=other),
        "account": ben,
        "inactive host": account("inactive", Role.HOST, is_active=False),
        "staff": account("staff", is_staff=True),
        "staff who may change": changer,
        "superuser": django_user_model.objects.create_superuser("root"),
        "stranger": AnonymousUser(),
        "nobody": None,
    }


@pytest.mark.parametrize(("access", "table"), [(Access.LINK, PUBLIC), (Access.MEMBERS, MEMBERS)])
def test_who_may_what(room, people, access, table):
    rooms.update_room(room, access=access)
    answers = {
        who: " ".join(
            question for question in QUESTIONS if getattr(rooms, f"may_{question}")(room=room, user=user)
        )
        for who, user in people.items()
    }
    assert answers == table


def test_the_lazy_user_of_a_request_is_the_account_it_stands_for(room, ada):
    assert rooms.may_host(room, SimpleLazyObject(lambda: ada))
    assert not rooms.may_host(room, SimpleLazyObject(AnonymousUser))


def test_a_member_has_one_role_at_a_time(room, ben):
    rooms.add_member(room, ben, Role.VIEWER)
    rooms.add_member(room, ben, Role.HOST)
    assert Membership.objects.get().role == Role.HOST
    assert rooms.remove_member(room, ben)
    assert not rooms.remove_member(room, ben)
    assert not rooms.may_host(room, ben)


@pytest.mark.parametrize("role", ["king", "", "owner"])
def test_an_unknown_role_is_refused_in_words(room, ben, role):
    with pytest.raises(BadField):
        rooms.add_member(room, ben, role)


def test_the_owner_is_no_member(room, ada):
    with pytest.raises(BadField):
        rooms.add_member(room, ada, Role.HOST)


def test_my_rooms_are_those_i_own_or_am_in_with_who_is_on_air(
    ada, ben, cleo, room, django_assert_num_queries
):
    rooms.create_room(owner=cleo, title="Not Ben's")
    mine = rooms.create_room(owner=ben, title="Ben's")
    rooms.add_member(room, ben, Role.VIEWER)
    on_air(room)
    with django_assert_num_queries(1):
        found = [(found.title, found.owner.username, found.is_live) for found in rooms.rooms_of(ben)]
    assert found == [("Ben's", "ben", False), ("Town hall", "ada", True)]
    assert mine not in rooms.rooms_of(ada)
    assert not rooms.rooms_of(AnonymousUser())
    assert not rooms.rooms_of(None)


# --- closing and deleting --------------------------------------------------------------------------


def test_a_closed_room_takes_nobody_on_air_until_it_is_opened(room):
    rooms.close_room(room)
    with pytest.raises(RoomClosed):
        on_air(room)
    rooms.open_room(room)
    on_air(room)


def test_closing_a_room_ends_what_runs_and_keeps_what_is_still_being_said(room):
    held = on_air(room)
    rooms.close_room(room)
    assert not sessions.is_live(room.pk)
    with pytest.raises(LeaseLost, match="ended"):
        sessions.renew(held.session_id, held.lease, 30)
    store(held.session_id, held.lease, final())
    assert sessions.end(held.session_id, held.lease) == 1


def test_a_session_that_starts_in_the_future_by_a_wrong_clock_can_be_closed(room):
    session_row(room, started_at=timezone.now() + dt.timedelta(hours=1))
    rooms.close_room(room)
    assert sessions.running(room) is None


def test_a_room_is_not_deleted_under_its_host(room):
    held = on_air(room)
    with pytest.raises(SessionStillLive):
        rooms.delete_room(room)
    sessions.release(held.session_id, held.lease)
    rooms.delete_room(room)
    rooms.delete_room(room)
    assert not Room.objects.exists()


def test_deleting_a_room_leaves_the_others(ada, room):
    other = rooms.create_room(owner=ada, title="Other")
    kept = segment_row(session_row(other))
    segment_row(session_row(room, ended_at=timezone.now()))
    rooms.delete_room(room)
    assert Segment.objects.get() == kept


@pytest.mark.django_db(transaction=True)
def test_of_two_who_want_a_slug_at_once_one_gets_it(ada):
    made = at_once([lambda: rooms.create_room(owner=ada, title="Same", slug="same-slug")] * 4)
    assert sorted(type(result).__name__ for result in made) == ["Room"] + ["SlugTaken"] * 3
    assert not any(isinstance(result, DatabaseError) for result in made)

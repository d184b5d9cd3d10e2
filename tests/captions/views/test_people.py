from __future__ import annotations

import pytest

from captions.models import Role
from captions.services import rooms

pytestmark = pytest.mark.django_db


def add(client, **spoil):
    return client.post("/rooms/town-hall/people/add/", {"username": "ben", "role": "host"} | spoil)


def test_somebody_is_added_by_name(as_ada, ben, room):
    assert add(as_ada).url == "/rooms/town-hall/"
    assert rooms.may_host(room, ben)
    assert "ben" in as_ada.get("/rooms/town-hall/").text


def test_adding_somebody_again_changes_the_role(as_ada, ben, room):
    add(as_ada)
    add(as_ada, role="viewer")
    assert room.memberships.get().role == Role.VIEWER


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        ({"username": "nobody"}, "There is no account of this name"),
        ({"username": ""}, "required"),
        ({"username": "a\x00"}, "Null characters"),
        ({"username": "x" * 9000}, "at most 150"),
        ({"username": "ada"}, "owner may do everything"),
        ({"role": "king"}, "not one of the available choices"),
    ],
)
def test_who_cannot_be_added_is_told_in_words(as_ada, ben, room, spoil, words):
    answer = add(as_ada, **spoil)
    assert answer.status_code == 422
    assert words in answer.text
    assert not room.memberships.exists()


def test_somebody_is_removed(as_ada, ben, room):
    rooms.add_member(room, ben, Role.HOST)
    as_ada.post("/rooms/town-hall/people/remove/", {"username": "ben"})
    assert not rooms.may_host(room, ben)


@pytest.mark.parametrize("form", [{}, {"username": "nobody"}, {"username": "\x00"}, {"username": "ben"}])
def test_removing_somebody_who_is_not_there_does_nothing(as_ada, ben, room, form):
    assert as_ada.post("/rooms/town-hall/people/remove/", form).url == "/rooms/town-hall/"

from __future__ import annotations

import pytest
from django.urls import reverse
from sesame.utils import get_query_string

from captions.services.rooms import create_room

pytestmark = pytest.mark.django_db


def test_the_first_page_offers_a_stranger_to_sign_in(stranger):
    answer = stranger.get("/")
    assert answer.status_code == 200
    assert reverse("login") in answer.text


def test_the_first_page_shows_an_account_its_own_rooms_only(as_ada, room, cleo):
    create_room(owner=cleo, title="Cleo's own", language="en-US")
    answer = as_ada.get("/")
    assert "Town hall" in answer.text
    assert "Cleo&#x27;s own" not in answer.text


def test_the_right_name_and_password_sign_in(stranger, ada):
    answer = stranger.post(reverse("login"), {"username": "ada", "password": "a long enough one"})
    assert answer.status_code == 302
    assert answer.url == "/"


def test_a_wrong_password_is_told_in_words(stranger, ada):
    answer = stranger.post(reverse("login"), {"username": "ada", "password": "wrong"})
    assert answer.status_code == 200
    assert "do not belong together" in answer.text


def test_signing_in_leads_back_to_where_one_wanted_to_go(stranger, room):
    answer = stranger.get(reverse("room", args=[room.slug]))
    assert answer.url == "/accounts/login/?next=/rooms/town-hall/"


def test_signing_in_leads_to_no_other_site(stranger, ada):
    form = {"username": "ada", "password": "a long enough one", "next": "https://evil.example/"}
    assert stranger.post(reverse("login"), form).url == "/"


def test_signing_out_takes_a_post(as_ada):
    assert as_ada.get(reverse("logout")).status_code == 405
    assert as_ada.post(reverse("logout")).status_code == 302


def test_a_link_signs_in_once(stranger, ada):
    link = reverse("once") + get_query_string(ada)
    assert stranger.get(link).url == "/"
    assert stranger.get("/rooms/").status_code == 200
    stranger.logout()
    again = stranger.get(link)
    assert again.status_code == 403
    assert "no longer good" in again.text


@pytest.mark.parametrize(
    ("wanted", "reached"),
    [
        ("/rooms/", "/rooms/"),
        ("https://evil.example/", "/"),
        ("//evil.example", "/"),
        ("javascript:x", "/"),
        ("0", "0"),
    ],
)
def test_a_link_leads_to_pages_of_ours_only(stranger, ada, wanted, reached):
    link = reverse("once") + get_query_string(ada) + "&next=" + wanted
    assert stranger.get(link).url == reached


def test_a_used_link_leads_who_is_signed_in_to_the_first_page(stranger, ada):
    link = reverse("once") + get_query_string(ada)
    stranger.get(link)
    assert stranger.get(link).url == "/"


@pytest.mark.parametrize("query", ["", "?sesame=", "?sesame=nonsense", "?sesame=%00%ff"])
def test_a_link_that_was_cut_off_is_told_in_words(stranger, query):
    answer = stranger.get(reverse("once") + query)
    assert answer.status_code == 403
    assert "Ask for a new one" in answer.text

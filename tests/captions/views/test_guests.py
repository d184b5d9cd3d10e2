from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from captions.models import GuestLink, Role
from captions.services import captions, guests, rooms, sessions
from captions.services.passes import LINKS_KEY, LINKS_MAX
from tests.captions.making import final, guest_link, on_air

pytestmark = pytest.mark.django_db
FORM = {"label": "Anna's laptop", "guest_role": "host", "lifetime": "3600"}
ROOM = "/rooms/town-hall/"
HOST = "/rooms/town-hall/host/"
VIEWER = "/r/town-hall/"


def add(client, **spoil):
    return client.post(f"{ROOM}guests/add/", FORM | spoil)


def path(link):
    return reverse("guest", args=[guests.token(link)])


@pytest.fixture
def guest():
    """A browser in which nobody is signed in."""
    return Client()


# --- the owner's side ---


def test_a_link_is_made_and_shown_to_be_copied(as_ada, room, ada):
    assert add(as_ada).url == f"{ROOM}#guests-title"
    link = GuestLink.objects.get()
    assert (link.label, link.role, link.made_by) == ("Anna's laptop", "host", ada)
    assert (link.expires_at - link.created_at).total_seconds() == 3600
    answer = as_ada.get(ROOM)
    assert f'value="http://testserver{path(link)}"' in answer.text
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        ({"label": ""}, "Say whom the link is for"),
        ({"label": "x" * 81}, "at most 80 characters"),
        ({"guest_role": "owner"}, "not one of the available choices"),
        ({"lifetime": "999999999"}, "not one of the available choices"),
        ({"lifetime": "soon"}, "not one of the available choices"),
    ],
)
def test_what_cannot_be_a_link_is_refused_in_words(as_ada, room, spoil, words):
    answer = add(as_ada, **spoil)
    assert answer.status_code == 422
    assert words in answer.text
    assert not GuestLink.objects.exists()


def test_a_name_is_text_and_never_markup(as_ada, room):
    add(as_ada, label="<script>alert(1)</script>")
    assert "<script>alert" not in as_ada.get(ROOM).text


def test_a_link_is_revoked_and_its_address_gone(as_ada, room):
    link = guest_link(room)
    as_ada.post(f"{ROOM}guests/revoke/", {"link": link.pk})
    link.refresh_from_db()
    assert link.is_revoked
    text = as_ada.get(ROOM).text
    assert guests.token(link) not in text
    assert "Revoked" in text


@pytest.mark.parametrize("form", [{}, {"link": "x"}, {"link": "00000000-0000-0000-0000-000000000000"}])
def test_revoking_what_is_not_there_does_nothing(as_ada, room, form):
    assert as_ada.post(f"{ROOM}guests/revoke/", form).url == f"{ROOM}#guests-title"


def test_the_link_of_another_room_is_not_revoked_here(as_ada, room, ben):
    elsewhere = guest_link(rooms.create_room(owner=ben, title="Other"))
    as_ada.post(f"{ROOM}guests/revoke/", {"link": elsewhere.pk})
    elsewhere.refresh_from_db()
    assert not elsewhere.is_revoked


def test_the_room_s_page_names_the_guest_on_the_air(as_ada, room):
    on_air(room, guests.guest(guest_link(room)))
    text = as_ada.get(ROOM).text
    assert "hosted by guest <bdi>Anna&#x27;s laptop</bdi>" in text
    assert "guest <bdi>Anna&#x27;s laptop</bdi></td>" in text


# --- the guest's side ---


@pytest.mark.parametrize(("role", "page"), [("host", HOST), ("view", VIEWER)])
def test_a_link_leads_on_to_its_page_without_the_token(guest, room, role, page):
    link = guest_link(room, role=role)
    answer = guest.get(path(link))
    assert answer.url == page
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "no-store" in answer["Cache-Control"]
    shown = guest.get(page)
    assert shown.status_code == 200
    assert guests.token(link) not in shown.text


def test_a_guest_s_host_page_offers_nothing_that_is_not_for_guests(guest, room):
    guest.get(path(guest_link(room)))
    text = guest.get(HOST).text
    assert "You are here as guest <bdi>Anna&#x27;s laptop</bdi>" in text
    links = set(re.findall(r'href="(/[^"]*)"', text))
    pages = {each for each in links if not each.startswith("/static/")}
    assert pages == {
        "/",
        "/accounts/login/",
        f"/accounts/login/?next={HOST}",
        VIEWER,
        "/sessions/00000000-0000-0000-0000-000000000000/transcript.txt",
    }


def test_a_guest_is_offered_its_own_session_and_nobody_else_s(guest, as_ada, room):
    link = guest_link(room)
    guest.get(path(link))
    claim = on_air(room, guests.guest(link))
    assert guest.get(HOST).context["session"].pk == claim.session_id
    assert "Guest Anna&#x27;s laptop</bdi> is on the air" in as_ada.get(HOST).text
    on_air(room, take_over=True)
    shown = guest.get(HOST)
    assert shown.context["session"] is None
    assert "Somebody else</bdi> is on the air" in shown.text, "names of accounts are not for guests"


def test_a_guest_reads_a_room_for_members_and_its_transcripts(guest, room):
    claim = on_air(room)
    captions.store(claim.session_id, claim.lease, final(1, "good evening"))
    sessions.end(claim.session_id, claim.lease)
    rooms.update_room(room, access="members")
    transcript = reverse("transcript", args=[claim.session_id, "txt"])
    assert guest.get(VIEWER).status_code == 403
    assert guest.get(transcript).status_code == 302
    guest.get(path(guest_link(room, role="view")))
    assert "good evening" in guest.get(VIEWER).text
    assert "good evening" in guest.get(transcript).text


@pytest.mark.parametrize("role", ["host", "view"])
def test_a_guest_manages_and_reviews_nothing_and_reads_no_other_room(guest, room, ada, role):
    rooms.create_room(owner=ada, title="Other", slug="other", access="members")
    claim = on_air(room)
    guest.get(path(guest_link(room, role=role)))
    review = reverse("session-review", args=[claim.session_id])
    for page in (ROOM, "/rooms/", "/rooms/other/host/", "/rooms/new/", review, f"{ROOM}delete/"):
        assert guest.get(page).url.startswith("/accounts/login/")
    assert guest.get("/r/other/").status_code == 403
    assert guest.post(f"{ROOM}close/").url.startswith("/accounts/login/")
    assert add(guest).url.startswith("/accounts/login/")


def test_a_link_to_read_shows_no_way_to_speak(guest, room):
    guest.get(path(guest_link(room, role="view")))
    assert HOST not in guest.get(VIEWER).text
    answer = guest.get(HOST)
    assert answer.status_code == 403
    assert "for reading along" in answer.text
    guest.get(path(guest_link(room, role="host")))
    assert HOST in guest.get(VIEWER).text


def test_a_link_that_is_revoked_afterwards_says_so_on_the_pages(guest, room):
    rooms.update_room(room, access="members")
    link = guest_link(room)
    guest.get(path(link))
    guests.revoke(link)
    for page in (HOST, VIEWER, path(link)):
        answer = guest.get(page)
        assert answer.status_code == 410
        assert "This link is no longer good" in answer.text
        assert "Ask the person who sent it" in answer.text
        assert "Town hall" not in answer.text


def test_a_link_that_is_none_says_what_to_do(guest, room):
    token = guests.token(guest_link(room))
    for spoilt in (token[:-3], "x", "x" * 5000, "%00"):
        answer = guest.get(f"/g/{spoilt}/")
        assert answer.status_code == 404
        assert "Copy the whole link" in answer.text
        assert answer["Referrer-Policy"] == "no-referrer"
    assert LINKS_KEY not in guest.session


def test_a_link_is_only_followed_by_looking_at_it(guest, room):
    link = guest_link(room)
    for method in (guest.head, guest.post):
        assert method(path(link)).status_code == 405
    link.refresh_from_db()
    assert link.used_at is None


def test_coming_to_a_page_counts_as_use(guest, room):
    link = guest_link(room)
    guest.get(path(link))
    GuestLink.objects.update(used_at=None)
    guest.get(HOST)
    link.refresh_from_db()
    assert link.used_at is not None


def test_whoever_knew_the_session_before_does_not_come_in_by_it(guest, room):
    rooms.update_room(room, access="members")
    session = guest.session
    session["planted"] = 1
    session.save()
    guest.cookies["sessionid"] = planted = session.session_key
    guest.get(path(guest_link(room)))
    attacker = Client()
    attacker.cookies["sessionid"] = planted
    assert attacker.get(VIEWER).status_code == 403
    assert guest.get(VIEWER).status_code == 200


def test_an_account_that_follows_a_link_stays_signed_in_as_it_is(as_ada, room):
    key = as_ada.session.session_key
    as_ada.get(path(guest_link(room)))
    assert as_ada.session.session_key == key, "sockets of this account go on"
    assert as_ada.get(ROOM).status_code == 200


def test_an_account_that_may_not_comes_in_as_a_guest(as_cleo, room):
    assert as_cleo.get(HOST).status_code == 403
    as_cleo.get(path(guest_link(room)))
    assert "You are here as guest" in as_cleo.get(HOST).text


def test_links_without_end_are_bounded_in_a_session(guest, room):
    for _ in range(LINKS_MAX + 3):
        guest.get(path(guest_link(room)))
    assert len(guest.session[LINKS_KEY]) == LINKS_MAX


def test_signing_out_takes_the_links_along(as_cleo, room):
    rooms.update_room(room, access="members")
    as_cleo.get(path(guest_link(room, role="view")))
    assert as_cleo.get(VIEWER).status_code == 200
    as_cleo.post("/accounts/logout/")
    assert as_cleo.get(VIEWER).status_code == 403


def test_a_member_s_page_is_a_member_s(as_ben, room, ben):
    rooms.add_member(room, ben, Role.HOST)
    as_ben.get(path(guest_link(room)))
    assert as_ben.get(HOST).context["guest"] is None

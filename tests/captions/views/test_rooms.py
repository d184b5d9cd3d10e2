from __future__ import annotations

import pytest
from channels.layers import get_channel_layer
from django.test import AsyncClient, Client
from django.urls import reverse

from captions.audio import ms_to_samples
from captions.live.groups import group_name
from captions.models import Access, Role, Room
from captions.services import rooms, sessions, usage
from captions.spending import MINUTE_MS, Limits
from tests.captions.making import on_air
from tests.captions.speakers import allow

pytestmark = pytest.mark.django_db
FORM = {"title": "Spring lecture", "language": "en-US", "slug": ""}
MINUTE = ms_to_samples(MINUTE_MS)
OWNERS_PAGES = ["room", "room-delete"]
OWNERS_CHANGES = [
    "room-edit",
    "room-open",
    "room-close",
    "room-delete",
    "room-people-add",
    "room-people-remove",
    "room-guests-add",
    "room-guests-revoke",
    "room-embedding-allow",
    "room-embedding-disallow",
]


def new(client, **spoil):
    return client.post(reverse("room-new"), FORM | spoil)


def test_a_new_room_leads_to_its_page(as_ada):
    answer = new(as_ada, slug="spring")
    assert answer.status_code == 302
    assert answer.url == "/rooms/spring/"
    assert Room.objects.get().title == "Spring lecture"


def test_a_room_without_a_name_gets_a_link_that_nobody_can_guess(as_ada):
    new(as_ada)
    assert len(Room.objects.get().slug) >= 8


def test_making_a_room_needs_an_account(stranger):
    assert new(stranger).url == "/accounts/login/?next=/rooms/new/"
    assert not Room.objects.exists()


def test_a_language_may_be_given_by_hand(as_ada):
    new(as_ada, language_other="de-ch")
    assert Room.objects.get().language == "de-CH"


def test_a_language_outside_the_list_may_be_posted_as_it_is(as_ada):
    new(as_ada, language="gsw-CH")
    assert Room.objects.get().language == "gsw-CH"


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        ({"title": ""}, "Give the room a title"),
        ({"title": "  \x07\x1b "}, "Give the room a title"),
        ({"title": "x" * 10_000}, "200 characters at most; this one has 10000"),
        ({"slug": "../admin"}, "lower-case letters"),
        ({"slug": "new"}, "used by the site itself"),
        ({"slug": "<script>"}, "lower-case letters"),
        ({"slug": "a\x00b"}, "Null characters"),
        ({"slug": "x" * 90}, "3 to 50 characters"),
        ({"slug": "ab"}, "3 to 50 characters"),
        ({"language": "klingonese"}, "language"),
        ({"language": "<b>"}, "language"),
        ({"language": ""}, "required"),
        ({"language_other": "x" * 5000}, "at most 100 characters"),
    ],
)
def test_what_cannot_be_a_room_is_refused_in_words(as_ada, spoil, words):
    answer = new(as_ada, **spoil)
    assert answer.status_code == 422
    assert words in answer.text
    assert not Room.objects.exists()


def test_a_slug_that_is_taken_is_refused_beside_its_field(as_cleo, room):
    answer = new(as_cleo, slug="town-hall")
    assert answer.status_code == 422
    assert "Another room already has this link" in answer.text


@pytest.mark.parametrize(
    "title",
    ["<b>bold</b> & <script>alert(1)</script>", "مرحبا بكم", "Tea 🫖 & 👩🏽‍🔬", "a\u202eb", "x" * 200],
)
def test_a_title_is_text_wherever_it_is_shown(as_ada, title):
    slug = new(as_ada, title=title).url.split("/")[2]
    assert Room.objects.get().title == title
    for page in ("/", "/rooms/", f"/rooms/{slug}/", f"/rooms/{slug}/delete/", f"/r/{slug}/"):
        answer = as_ada.get(page)
        assert answer.status_code == 200
        assert "<b>bold" not in answer.text
        assert "<script>alert" not in answer.text


def test_control_characters_do_not_get_into_a_title(as_ada):
    new(as_ada, title="one\x00\r\ntwo\x1b[31m")
    assert Room.objects.get().title == "one two[31m"


def test_the_list_shows_rooms_one_owns_and_rooms_one_is_a_member_of(as_ben, ben, room, cleo):
    rooms.create_room(owner=cleo, title="Cleo only", language="en-US")
    rooms.add_member(room, ben, Role.HOST)
    answer = as_ben.get("/rooms/")
    assert "Town hall" in answer.text
    assert "Cleo only" not in answer.text


@pytest.mark.parametrize(("role", "offered"), [(Role.HOST, True), (Role.VIEWER, False)])
def test_the_list_offers_to_speak_to_hosts_only(as_ben, ben, room, role, offered):
    rooms.add_member(room, ben, role)
    assert ("/rooms/town-hall/host/" in as_ben.get("/rooms/").text) is offered


def test_the_page_of_a_room_has_its_links_and_a_code(as_ada, room):
    answer = as_ada.get("/rooms/town-hall/")
    assert "http://testserver/r/town-hall/" in answer.text
    assert "http://testserver/rooms/town-hall/host/" in answer.text
    assert reverse("viewer-qr", args=["town-hall"]) in answer.text


def test_the_page_of_a_room_lists_its_sessions(as_ada, room):
    claim = on_air(room)
    sessions.end(claim.session_id)
    assert reverse("session-review", args=[claim.session_id]) in as_ada.get("/rooms/town-hall/").text


@pytest.mark.parametrize("page", OWNERS_PAGES)
def test_the_owners_pages_are_for_the_owner(stranger, as_cleo, as_ben, ben, room, page):
    rooms.add_member(room, ben, Role.HOST)
    path = reverse(page, args=[room.slug])
    assert stranger.get(path).url.startswith("/accounts/login/")
    for client in (as_cleo, as_ben):
        answer = client.get(path)
        assert answer.status_code == 403
        assert "room&#x27;s owner" in answer.text
        assert "Town hall" not in answer.text


@pytest.mark.parametrize("change", OWNERS_CHANGES)
def test_only_the_owner_can_change_a_room(stranger, as_cleo, as_ben, ben, room, change):
    rooms.add_member(room, ben, Role.HOST)
    before = Room.objects.values().get()
    form = {
        "title": "Mine now",
        "language": "de-DE",
        "access": "members",
        "username": "ben",
        "role": "viewer",
    }
    path = reverse(change, args=[room.slug])
    assert stranger.post(path, form).url.startswith("/accounts/login/")
    assert as_cleo.post(path, form).status_code == 403
    assert as_ben.post(path, form).status_code == 403
    assert Room.objects.values().get() == before
    assert room.memberships.get().role == Role.HOST


@pytest.mark.parametrize("change", OWNERS_CHANGES)
def test_a_change_needs_a_form_of_ours(ada, room, change):
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada)
    answer = client.post(reverse(change, args=[room.slug]), {"username": "ben"})
    assert answer.status_code == 403
    assert "Nothing was changed" in answer.text


@pytest.mark.parametrize("change", [name for name in OWNERS_CHANGES if name != "room-delete"])
def test_looking_at_the_address_of_a_change_changes_nothing(as_ada, room, change):
    assert as_ada.get(reverse(change, args=[room.slug])).status_code == 405


def test_settings_are_changed(as_ada, room):
    form = {"title": "Assembly", "language": "de-DE", "access": "members"}
    assert as_ada.post("/rooms/town-hall/edit/", form).url == "/rooms/town-hall/"
    room.refresh_from_db()
    assert (room.title, room.language, room.access) == ("Assembly", "de-DE", Access.MEMBERS)


def test_settings_that_cannot_be_are_refused_and_shown_again(as_ada, room):
    answer = as_ada.post("/rooms/town-hall/edit/", {"title": "", "language": "xx-nope!", "access": "all"})
    assert answer.status_code == 422
    assert "Give the room a title" in answer.text
    room.refresh_from_db()
    assert room.title == "Town hall"


def test_a_room_is_closed_and_opened(as_ada, room):
    as_ada.post("/rooms/town-hall/close/")
    room.refresh_from_db()
    assert not room.is_open
    as_ada.post("/rooms/town-hall/open/")
    room.refresh_from_db()
    assert room.is_open


def test_looking_at_the_delete_page_deletes_nothing(as_ada, room):
    assert as_ada.get("/rooms/town-hall/delete/").status_code == 200
    assert Room.objects.exists()


def test_a_room_is_deleted(as_ada, room):
    assert as_ada.post("/rooms/town-hall/delete/").url == "/rooms/"
    assert not Room.objects.exists()


def test_a_room_on_the_air_is_not_deleted(as_ada, room):
    on_air(room)
    answer = as_ada.post("/rooms/town-hall/delete/")
    assert answer.status_code == 409
    assert "still on the air" in answer.text
    assert Room.objects.exists()


def test_captions_can_be_spoken_on_the_host_page_by_who_may_have_text_spoken(as_ada, ada, room):
    assert "data-speech-socket" not in as_ada.get("/rooms/town-hall/host/").text
    allow(ada)
    assert 'data-speech-socket="/ws/tts/"' in as_ada.get("/rooms/town-hall/host/").text


@pytest.mark.parametrize("slug", ["nothing-here", "%00", "..%5c", "%3Cscript%3E", "x" * 3000, "مرحبا"])
@pytest.mark.parametrize("path", ["/rooms/{}/", "/rooms/{}/host/", "/r/{}/", "/r/{}/qr.svg"])
def test_an_unknown_room_is_told_in_words(as_ada, slug, path):
    answer = as_ada.get(path.format(slug))
    assert answer.status_code == 404
    assert "There is no room with this link" in answer.text


def test_the_host_page_is_for_hosts(stranger, as_cleo, as_ben, ben, room):
    path = reverse("host", args=[room.slug])
    assert stranger.get(path).url.startswith("/accounts/login/")
    assert as_cleo.get(path).status_code == 403
    rooms.add_member(room, ben, Role.REVIEWER)
    assert as_ben.get(path).status_code == 403
    rooms.add_member(room, ben, Role.HOST)
    assert as_ben.get(path).status_code == 200


def test_the_host_page_knows_the_session_to_go_on_with(as_ada, as_ben, ben, room):
    rooms.add_member(room, ben, Role.HOST)
    claim = on_air(room)
    mine = as_ada.get("/rooms/town-hall/host/").context
    assert (mine["session"].pk, mine["taken_by"]) == (claim.session_id, None)
    others = as_ben.get("/rooms/town-hall/host/").context
    assert others["session"] is None
    assert others["taken_by"].username == "ada"


def test_nobody_can_go_on_the_air_in_a_closed_room(as_ada, room):
    rooms.close_room(room)
    answer = as_ada.get("/rooms/town-hall/host/")
    assert answer.status_code == 410
    assert "This room is closed" in answer.text


@pytest.mark.django_db(transaction=True)
async def test_closing_a_room_is_told_to_its_readers(ada, room):
    layer = get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_add(group_name(room.pk), channel)
    client = AsyncClient()
    await client.aforce_login(ada)
    await client.post("/rooms/town-hall/close/")
    told = await layer.receive(channel)
    assert told["closed"] is True
    assert told["live"] is False


# --- speech time ---


def test_a_host_sees_what_is_used_and_left_before_going_on_the_air(as_ada, ada, room, settings):
    assert "0 min used today<" in as_ada.get("/rooms/town-hall/host/").text
    settings.MINUTES_PER_ROOM = 60
    usage.add(usage.payer(room, ada), 12 * MINUTE, Limits())
    page = as_ada.get("/rooms/town-hall/host/").text
    assert "12 min used today, 48 min left (limit of this room)" in page
    assert "data-near" not in page
    usage.add(usage.payer(room, ada), 40 * MINUTE, Limits())
    page = as_ada.get("/rooms/town-hall/host/").text
    assert "data-near>52 min used today, only 8 min left (limit of this room)" in page


def test_a_host_sees_the_limit_that_ends_first(as_ben, ben, room, settings):
    settings.MINUTES_PER_ROOM, settings.MINUTES_PER_USER = 60, 30
    rooms.add_member(room, ben, Role.HOST)
    usage.add(usage.payer(room, ben), 12 * MINUTE, Limits())
    assert "18 min left (limit of one account)" in as_ben.get("/rooms/town-hall/host/").text


def test_an_owner_sees_what_the_room_has_used_whoever_spoke(as_ada, ben, room, settings):
    settings.MINUTES_PER_USER = 30
    usage.add(usage.payer(room, ben), 12 * MINUTE, Limits())
    assert "Speech time of this room: 12 min used today." in as_ada.get("/rooms/town-hall/").text

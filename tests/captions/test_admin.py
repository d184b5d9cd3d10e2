from __future__ import annotations

import datetime as dt
import re

import pytest
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone

from captions.admin import shared
from captions.audio import ms_to_samples
from captions.models import (
    AllowedOrigin,
    EmbedSite,
    GuestLink,
    Membership,
    OverlayLink,
    Removal,
    Revision,
    Room,
    Segment,
    Session,
    State,
    Usage,
)
from captions.services import embedding, guests, overlays, review, rooms, sessions, usage
from captions.services.captions import store
from captions.services.embedding import Visit
from captions.spending import MINUTE_MS, Limits
from tests.captions.making import final, gap, guest_link, on_air, overlay_link, segment_row, session_row

pytestmark = pytest.mark.django_db

MODELS = (Room, Membership, GuestLink, OverlayLink, EmbedSite, Removal, Session, Segment, Revision, Usage)
MINUTE = ms_to_samples(MINUTE_MS)
MARKUP = "<script>alert(1)</script>"


@pytest.fixture
def root(client, django_user_model):
    """A browser signed in as an administrator."""
    client.force_login(django_user_model.objects.create_superuser("root"))
    return client


@pytest.fixture
def told(monkeypatch):
    """What rooms were told, in order. The border to the channel layer is all that is replaced."""
    events = []
    monkeypatch.setattr(shared, "tell_room", lambda room_id, event: events.append((room_id, event)))
    return events


@pytest.fixture
def segment(room):
    held = on_air(room)
    store(held.session_id, held.lease, final())
    return Segment.objects.get()


def page(model, kind, *args):
    return reverse(f"admin:captions_{model._meta.model_name}_{kind}", args=args)


def change(root, row, **fields):
    """Post a row's form with these fields, as a browser would: as it was shown, but for them."""
    url = page(type(row), "change", row.pk)
    shown = root.get(url).context["adminform"].form
    data = {name: shown.get_initial_for_field(field, name) for name, field in shown.fields.items()}
    for related in ("memberships", "allowed_origins", "revisions"):
        data |= {f"{related}-TOTAL_FORMS": 0, f"{related}-INITIAL_FORMS": 0}
    data = {
        name: value for name, value in (data | fields).items() if value is not None and value is not False
    }
    return root.post(url, data)


def fill(room, ben, count):
    """``count`` rows of each kind."""
    for number in range(count):
        other = rooms.create_room(owner=ben, title=f"Room {number}")
        rooms.add_member(other, room.owner, "host")
        guest_link(other)
        overlay_link(other)
        embedding.note([Visit(other.pk, "https://blog.example.org", accepted=1)])
        said = segment_row(session_row(other, host=ben, ended_at=timezone.now()))
        review.edit_segment(said, "corrected", ben)
        sessions.delete(session_row(other, ended_at=timezone.now()))
        usage.add(usage.payer(other, ben), MINUTE, Limits())


# --- every model -----------------------------------------------------------------------------------


def test_everything_stored_is_in_the_admin():
    assert set(MODELS) <= set(admin.site._registry)


@pytest.mark.parametrize("model", MODELS)
def test_a_list_costs_the_same_queries_however_long_it_is(
    root, room, ben, model, django_assert_max_num_queries
):
    fill(room, ben, 2)
    root.get(page(model, "changelist"))
    with django_assert_max_num_queries(12) as few:
        root.get(page(model, "changelist"))
    fill(room, ben, 15)
    with django_assert_max_num_queries(len(few)):
        assert root.get(page(model, "changelist")).status_code == 200


@pytest.mark.parametrize("model", MODELS)
def test_a_list_can_be_searched_and_filtered(root, room, ben, model):
    fill(room, ben, 1)
    shown = admin.site._registry[model]
    assert root.get(page(model, "changelist"), {"q": "room"}).status_code == 200
    response = root.get(page(model, "changelist"))
    for spec in response.context["cl"].filter_specs:
        for choice in spec.choices(response.context["cl"]):
            assert root.get(page(model, "changelist") + choice["query_string"]).status_code == 200
    assert shown.search_fields


@pytest.mark.parametrize("model", MODELS)
def test_a_row_can_be_opened(root, room, ben, model):
    fill(room, ben, 1)
    assert root.get(page(model, "change", model.objects.first().pk)).status_code == 200


@pytest.mark.parametrize("model", [Session, Segment, Revision, Removal, Usage, EmbedSite])
def test_what_happens_by_itself_is_not_added_by_hand(root, model):
    assert root.get(page(model, "add")).status_code == 403


@pytest.mark.parametrize("model", [Revision, Removal, Usage, EmbedSite])
def test_what_happened_is_only_shown(root, room, ben, model):
    fill(room, ben, 1)
    row = model.objects.get()
    assert "_save" not in root.get(page(model, "change", row.pk)).text
    assert root.post(page(model, "change", row.pk), {"text": "changed"}).status_code == 403
    assert root.post(page(model, "delete", row.pk), {"post": "yes"}).status_code == 403


def test_hostile_text_is_shown_as_text(root, room, ada):
    rooms.update_room(room, title=MARKUP)
    held = on_air(room)
    store(held.session_id, held.lease, final(text=MARKUP))
    said = Segment.objects.get()
    review.edit_segment(said, MARKUP * 2, ada, speaker=MARKUP)
    sessions.rename(said.session, MARKUP)
    for model in (Room, Session, Segment, Revision):
        for url in (page(model, "changelist"), page(model, "change", model.objects.get().pk)):
            assert MARKUP not in root.get(url).text


# --- rooms -----------------------------------------------------------------------------------------


def test_a_room_is_made_with_a_link_nobody_can_guess(root, ada):
    form = root.get(page(Room, "add")).context["adminform"].form
    assert re.fullmatch(r"[a-z0-9]{10}", form.initial["slug"])
    root.post(
        page(Room, "add"),
        {
            "title": " Choir\x1b ", "slug": form.initial["slug"], "language": "de-de", "owner": ada.pk,
            "access": "link", "is_open": "on", "memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0,
            "allowed_origins-TOTAL_FORMS": 0, "allowed_origins-INITIAL_FORMS": 0,
        },
    )  # fmt: skip
    made = Room.objects.get()
    assert (made.title, made.language, made.slug) == ("Choir", "de-DE", form.initial["slug"])


@pytest.mark.parametrize(
    "fields",
    [{"slug": "A b"}, {"slug": "admin"}, {"language": "??"}, {"title": "x" * 201}, {"title": "\x1b"}],
)
def test_a_room_that_cannot_be_is_refused_in_words(root, room, fields):
    assert change(root, room, **fields).context["errors"]
    assert Room.objects.get().title == "Town hall"


def test_saving_a_room_does_not_turn_its_version_back(root, room, monkeypatch):
    save = Room.save

    def meanwhile(self, **kwargs):
        sessions.next_version(room.pk)
        save(self, **kwargs)

    monkeypatch.setattr(Room, "save", meanwhile)
    assert change(root, room, title="Council").status_code == 302
    found = Room.objects.get()
    assert (found.title, found.version) == ("Council", 1)


def test_closing_a_room_ends_its_session_and_tells_its_readers(
    root, room, told, django_capture_on_commit_callbacks
):
    on_air(room)
    with django_capture_on_commit_callbacks(execute=True):
        change(root, room, is_open=False)
    assert not sessions.is_live(room.pk)
    assert told == [(room.pk, {"type": "status", "live": False, "upstream": "ended", "open": False})]
    change(root, room, is_open="on")
    assert Room.objects.get().is_open


def test_a_room_with_somebody_on_air_is_not_deleted(root, room, told):
    held = on_air(room)
    assert root.post(page(Room, "delete", room.pk), {"post": "yes"}).status_code == 403
    data = {"action": "delete_selected", "_selected_action": [room.pk], "post": "yes"}
    root.post(page(Room, "changelist"), data)
    assert Room.objects.exists()
    sessions.end(held.session_id, held.lease)
    assert root.get(page(Room, "delete", room.pk)).status_code == 200
    assert root.post(page(Room, "delete", room.pk), {"post": "yes"}).status_code == 302
    assert not Room.objects.exists()


def test_an_account_with_rooms_is_shown_as_protected(root, room):
    url = reverse("admin:auth_user_delete", args=[room.owner_id])
    assert "Town hall" in root.get(url).text
    root.post(url, {"post": "yes"})
    assert Room.objects.exists()


# --- guest links -------------------------------------------------------------------------------------


def test_guest_links_are_revoked_together(root, room):
    links = [guest_link(room) for _ in range(2)]
    chosen = {"action": "revoke_links", "_selected_action": [link.pk for link in links]}
    assert "Revoked: 2." in root.post(page(GuestLink, "changelist"), chosen, follow=True).text
    assert not GuestLink.objects.good().exists()


def test_the_admin_gives_no_guest_link_away(root, room):
    link = guest_link(room)
    for url in (page(GuestLink, "changelist"), page(GuestLink, "change", link.pk)):
        assert guests.token(link) not in root.get(url).text
    assert root.get(page(GuestLink, "add")).status_code == 403


# --- overlay links ---------------------------------------------------------------------------------


def test_overlay_links_are_revoked_together(root, room):
    links = [overlay_link(room) for _ in range(2)]
    chosen = {"action": "revoke_links", "_selected_action": [link.pk for link in links]}
    assert "Revoked: 2." in root.post(page(OverlayLink, "changelist"), chosen, follow=True).text
    assert not OverlayLink.objects.good().exists()


def test_the_admin_gives_no_overlay_link_away(root, room):
    link = overlay_link(room)
    for url in (page(OverlayLink, "changelist"), page(OverlayLink, "change", link.pk)):
        assert overlays.token(link) not in root.get(url).text
    assert root.get(page(OverlayLink, "add")).status_code == 403


def test_overlay_links_are_listed_by_whether_they_are_good(root, room):
    overlay_link(room, label="good one")
    overlays.revoke(overlay_link(room, label="revoked one"))
    for chosen, shown in (("?good=1", "good one"), ("?good=0", "revoked one")):
        rows = root.get(page(OverlayLink, "changelist") + chosen).context["cl"].queryset
        assert [row.label for row in rows] == [shown]


# --- what guests said ------------------------------------------------------------------------------


def test_a_guest_s_session_is_named_by_its_link(root, room):
    on_air(room, guests.guest(guest_link(room)))
    for url in (page(Session, "changelist"), page(Session, "change", Session.objects.get().pk)):
        assert "guest Anna&#x27;s laptop" in root.get(url).text


# --- embedding ---------------------------------------------------------------------------------------


def allow(root, room, *typed):
    """Add sites on the page of a room."""
    sites = {f"allowed_origins-{number}-pattern": text for number, text in enumerate(typed)}
    return change(root, room, **{"allowed_origins-TOTAL_FORMS": len(typed)} | sites)


def test_a_site_is_allowed_on_the_page_of_its_room(root, room):
    assert allow(root, room, " https://Blog.Example.org/post ").status_code == 302
    allowed = AllowedOrigin.objects.get()
    assert (allowed.room, allowed.pattern, allowed.added_by.username) == (
        room, "https://blog.example.org", "root",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        (["blog.example.org"], "Did you mean https://blog.example.org?"),
        (["https://blog.example.org", "https://blog.example.org/post"], "duplicate"),
    ],
)
def test_a_site_that_cannot_be_allowed_says_why(root, room, typed, says):
    assert says in allow(root, room, *typed).text
    assert not AllowedOrigin.objects.exists()


def test_a_site_is_taken_off_the_list_on_the_page_of_its_room(root, room):
    allowed = embedding.allow(room, "https://blog.example.org")
    fields = {"TOTAL_FORMS": 1, "INITIAL_FORMS": 1, "0-id": allowed.pk, "0-room": room.pk, "0-DELETE": "on"}
    fields["0-pattern"] = allowed.pattern
    change(root, room, **{f"allowed_origins-{name}": value for name, value in fields.items()})
    assert not AllowedOrigin.objects.exists()


# --- sessions --------------------------------------------------------------------------------------


def test_a_sessions_title_is_all_that_can_be_changed(root, segment):
    held = segment.session
    change(root, held, title=" Part\n1 ", language="de-DE", engine="x", ended_at_0="2020-01-01")
    session = Session.objects.get()
    assert (session.title, session.language, session.lease) == ("Part 1", "en-US", held.lease)
    assert session.is_on_air()


def test_a_session_is_ended_from_the_list(root, segment, told, django_capture_on_commit_callbacks):
    data = {"action": "end_sessions", "_selected_action": [segment.session_id]}
    with django_capture_on_commit_callbacks(execute=True):
        root.post(page(Session, "changelist"), data)
    assert Session.objects.get().is_over
    assert [event["type"] for _, event in told] == ["status"]


def test_a_session_is_deleted_once_it_is_over_and_readers_are_told(
    root, segment, told, django_capture_on_commit_callbacks
):
    url = page(Session, "delete", segment.session_id)
    assert root.post(url, {"post": "yes"}).status_code == 403
    sessions.end(segment.session_id)
    assert "Segments: 1" in re.sub(r"<[^>]*>", "", root.get(url).text)
    with django_capture_on_commit_callbacks(execute=True):
        assert root.post(url, {"post": "yes"}).status_code == 302
    assert told == [(segment.room_id, {"type": "removed", "version": 2, "session": str(segment.session_id)})]
    assert not Session.objects.exists()


def test_of_several_sessions_those_that_are_over_are_deleted(root, room, told):
    running = session_row(room)
    over = session_row(room, ended_at=timezone.now())
    data = {"action": "delete_selected", "_selected_action": [running.pk, over.pk], "post": "yes"}
    response = root.post(page(Session, "changelist"), data, follow=True)
    assert Session.objects.get() == running
    assert "still on the air" in response.text


def test_a_session_links_to_its_transcript(root, segment):
    text = root.get(page(Session, "change", segment.session_id)).text
    assert reverse("transcript", args=[segment.session_id, "srt"]) in text
    assert reverse("session-review", args=[segment.session_id]) in text


# --- segments --------------------------------------------------------------------------------------


def test_an_edit_is_a_revision_by_whoever_is_signed_in(
    root, segment, told, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        assert change(root, segment, text="good morning", speaker="Ada", state="reviewed").status_code == 302
    revision = Revision.objects.get()
    assert (revision.text, revision.speaker, revision.author.username) == ("good morning", "Ada", "root")
    segment.refresh_from_db()
    assert (segment.state, segment.machine_text, segment.version) == ("reviewed", "good evening", 3)
    assert [(event["type"], event["version"]) for _, event in told] == [("revised", 2), ("revised", 3)]
    assert told[-1][1]["segment"]["text"] == "good morning"


def test_saving_without_a_change_is_no_revision(root, segment, told, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        change(root, segment)
    assert not Revision.objects.exists()
    assert told == []


def test_what_the_machine_said_is_shown_and_cannot_be_changed(root, segment):
    text = root.get(page(Segment, "change", segment.pk)).text
    assert "evening</span>" in text
    change(root, segment, machine_text="changed", words="[]", offset_ms=5, confidence=0.1, version=99)
    found = Segment.objects.get()
    assert (found.machine_text, found.offset_ms, found.confidence, found.version) == (
        "good evening", 0, 0.9, 1,
    )  # fmt: skip
    assert found.words == segment.words


def test_a_gap_has_no_field_for_text(root, room):
    held = on_air(room)
    store(held.session_id, held.lease, gap())
    lost = Segment.objects.get()
    assert change(root, lost, text="guess", state="reviewed").status_code == 302
    lost.refresh_from_db()
    assert (lost.text, lost.state) == ("", "reviewed")


@pytest.mark.parametrize("state", [State.REVIEWED, State.APPROVED])
def test_several_are_marked_at_once(root, room, told, state, django_capture_on_commit_callbacks):
    session = session_row(room)
    Room.objects.filter(pk=room.pk).update(version=3)
    chosen = [segment_row(session).pk for _ in range(3)]
    data = {"action": f"mark_{state}", "_selected_action": chosen[:2]}
    with django_capture_on_commit_callbacks(execute=True):
        root.post(page(Segment, "changelist"), data)
        root.post(page(Segment, "changelist"), data)
    assert [segment.state for segment in Segment.objects.order_by("utterance")] == [state, state, "draft"]
    assert [event["version"] for _, event in told] == [4, 5]


def test_a_segment_is_not_deleted_alone(root, segment):
    assert root.post(page(Segment, "delete", segment.pk), {"post": "yes"}).status_code == 403


def test_who_may_only_look_sees_and_changes_nothing(client, segment, django_user_model):
    looker = django_user_model.objects.create_user("looker", is_staff=True)
    from django.contrib.auth.models import Permission

    looker.user_permissions.add(Permission.objects.get(codename="view_segment"))
    client.force_login(looker)
    assert client.get(page(Segment, "change", segment.pk)).status_code == 200
    assert client.post(page(Segment, "change", segment.pk), {"text": "x"}).status_code == 403
    data = {"action": "mark_reviewed", "_selected_action": [segment.pk]}
    client.post(page(Segment, "changelist"), data)
    segment.refresh_from_db()
    assert (segment.text, segment.state) == ("good evening", "draft")


# --- speech time -----------------------------------------------------------------------------------


def total(root, **filters):
    return root.get(page(Usage, "changelist"), filters).context["total_minutes"]


def test_usage_is_added_up_as_it_is_filtered(root, room, ada, ben):
    other = rooms.create_room(owner=ben, title="Other")
    long_ago = timezone.now() - dt.timedelta(days=40)
    usage.add(usage.payer(room, ada), 1 * MINUTE, Limits())
    usage.add(usage.payer(room, None), 2 * MINUTE, Limits())
    usage.add(usage.payer(other, ben), 4 * MINUTE, Limits())
    usage.add(usage.payer(other, ben), 8 * MINUTE, Limits(), long_ago)
    assert total(root) == "15.0"
    assert total(root, used="today") == total(root, used="week") == total(root, used="month") == "7.0"
    assert total(root, room__id__exact=room.pk) == "3.0"
    assert total(root, user__id__exact=ben.pk) == "12.0"
    assert total(root, by_guest__exact=1) == "2.0"
    assert "The whole site: 7 min used today." in root.get(page(Usage, "changelist")).text


def test_a_part_of_a_minute_is_shown_to_a_tenth(root, room, ada):
    usage.add(usage.payer(room, ada), MINUTE * 5 // 4, Limits())
    assert total(root) == "1.2"


def test_usage_of_what_is_gone_is_listed_as_such(root, room, ben):
    usage.add(usage.payer(room, ben), MINUTE, Limits())
    ben.delete()
    rooms.delete_room(room)
    listed = root.get(page(Usage, "changelist"))
    assert listed.context["total_minutes"] == "1.0"
    assert listed.text.count("(none or deleted)") == 1
    assert listed.text.count("(deleted)") == 1


def test_a_room_says_what_it_has_used_today_and_takes_a_limit_of_its_own(root, room, ada):
    usage.add(usage.payer(room, ada), 12 * MINUTE, Limits())
    url = page(Room, "change", room.pk)
    assert "12 min used today ·" in root.get(url).text
    change(root, room, minutes_per_day=60)
    room.refresh_from_db()
    assert room.minutes_per_day == 60
    assert "12 min used today, 48 min left (limit of this room) ·" in root.get(url).text
    change(root, room, minutes_per_day=None)
    room.refresh_from_db()
    assert room.minutes_per_day is None


def test_a_rooms_limit_is_not_negative(root, room):
    assert change(root, room, minutes_per_day=-1).status_code == 200
    room.refresh_from_db()
    assert room.minutes_per_day is None

from __future__ import annotations

import json
import uuid

import pytest
from channels.layers import get_channel_layer
from django.test import AsyncClient, Client
from django.urls import reverse

from captions.live.groups import group_name
from captions.models import Role, Session
from captions.services import captions, rooms, sessions
from tests.captions.making import final, gap, on_air

pytestmark = pytest.mark.django_db


@pytest.fixture
def session(room):
    claim = on_air(room, engine="an engine")
    said = [final(1, "<b>good</b> evening"), gap(2, duration_ms=4000), final(3, "مرحبا", language="ar-EG")]
    for caption in said:
        captions.store(claim.session_id, claim.lease, caption)
    sessions.end(claim.session_id, claim.lease)
    return Session.objects.get()


def page(session):
    return reverse("session-review", args=[session.pk])


def file(session, extension):
    return reverse("transcript", args=[session.pk, extension])


def test_the_page_shows_what_was_said_with_its_times(as_ada, session):
    text = as_ada.get(page(session)).text
    assert "&lt;b&gt;good&lt;/b&gt; evening" in text
    assert "[no captions for 4 s: the audio was lost]" in text
    assert 'lang="ar-EG" dir="rtl"' in text
    assert "0:02" in text


def test_the_page_offers_every_format(as_ada, session):
    text = as_ada.get(page(session)).text
    for extension in ("txt", "srt", "vtt", "json"):
        assert file(session, extension) in text


def test_the_page_is_for_reviewers(stranger, as_cleo, as_ben, ben, room, session):
    assert stranger.get(page(session)).url.startswith("/accounts/login/")
    assert as_cleo.get(page(session)).status_code == 403
    rooms.add_member(room, ben, Role.REVIEWER)
    answer = as_ben.get(page(session))
    assert answer.status_code == 200
    assert "Delete the session" not in answer.text


@pytest.mark.parametrize("name", ["session-review", "session-rename", "session-delete"])
def test_an_unknown_session_is_told_in_words(as_ada, name):
    client = as_ada.post if name == "session-rename" else as_ada.get
    answer = client(reverse(name, args=[uuid.uuid4()]))
    assert answer.status_code == 404
    assert "There is no such session" in answer.text


@pytest.mark.parametrize(
    ("extension", "content_type", "words"),
    [
        ("txt", "text/plain; charset=utf-8", "<b>good</b> evening"),
        ("srt", "application/x-subrip; charset=utf-8", "00:00:00,000 --> "),
        ("vtt", "text/vtt; charset=utf-8", "WEBVTT"),
        ("json", "application/json", '"segments"'),
    ],
)
def test_a_transcript_is_a_file_to_keep(stranger, session, extension, content_type, words):
    answer = stranger.get(file(session, extension))
    assert answer.status_code == 200
    assert answer["Content-Type"] == content_type
    assert answer["Content-Disposition"].startswith("attachment; filename=")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert words in answer.text
    assert "مرحبا" in json.dumps(answer.json(), ensure_ascii=False) if extension == "json" else answer.text


@pytest.mark.parametrize("title", ['a"; x=y\r\nSet-Cookie: a=b', "../../etc/passwd", "مرحبا 🎉", "con"])
def test_no_title_can_spoil_the_name_of_a_file(stranger, session, title):
    sessions.rename(session, title)
    header = stranger.get(file(session, "txt"))["Content-Disposition"]
    assert header.isascii()
    assert header.startswith('attachment; filename="')
    assert not {"/", "\\", "\r", "\n"} & set(header.split("filename*")[0])


def test_an_unknown_format_is_not_found(stranger, session):
    assert stranger.get(file(session, "exe")).status_code == 404


def test_the_transcript_of_a_room_for_members_is_for_members(stranger, as_cleo, as_ben, ben, room, session):
    rooms.update_room(room, access="members")
    rooms.add_member(room, ben, Role.VIEWER)
    assert stranger.get(file(session, "txt")).url.startswith("/accounts/login/")
    assert as_cleo.get(file(session, "txt")).status_code == 403
    assert as_ben.get(file(session, "txt")).status_code == 200


def test_a_session_is_renamed(as_ada, session):
    path = reverse("session-rename", args=[session.pk])
    assert as_ada.post(path, {"title": "First <i>evening</i>"}).url == page(session)
    assert "First &lt;i&gt;evening&lt;/i&gt;" in as_ada.get(page(session)).text
    as_ada.post(path, {"title": ""})
    session.refresh_from_db()
    assert session.title == ""


def test_a_title_that_is_too_long_is_refused(as_ada, session):
    answer = as_ada.post(reverse("session-rename", args=[session.pk]), {"title": "x" * 10_000})
    assert answer.status_code == 422
    assert "200 characters at most" in answer.text


def test_a_session_is_deleted_after_a_question(as_ada, room, session):
    path = reverse("session-delete", args=[session.pk])
    assert "Delete this session?" in as_ada.get(path).text
    assert Session.objects.exists()
    assert as_ada.post(path).url == "/rooms/town-hall/"
    assert not Session.objects.exists()


def test_a_session_on_the_air_is_not_deleted(as_ada, room):
    claim = on_air(room)
    answer = as_ada.post(reverse("session-delete", args=[claim.session_id]))
    assert answer.status_code == 409
    assert Session.objects.exists()


@pytest.mark.parametrize("name", ["session-rename", "session-delete"])
def test_only_the_owner_can_change_a_session(stranger, as_cleo, as_ben, ben, room, session, name):
    rooms.add_member(room, ben, Role.HOST)
    path = reverse(name, args=[session.pk])
    assert stranger.post(path, {"title": "Mine"}).url.startswith("/accounts/login/")
    assert as_cleo.post(path, {"title": "Mine"}).status_code == 403
    assert as_ben.post(path, {"title": "Mine"}).status_code == 403
    assert Session.objects.get().title == ""


@pytest.mark.parametrize("name", ["session-rename", "session-delete"])
def test_a_change_of_a_session_needs_a_form_of_ours(ada, session, name):
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada)
    assert client.post(reverse(name, args=[session.pk]), {"title": "Mine"}).status_code == 403
    assert Session.objects.get().title == ""


@pytest.mark.django_db(transaction=True)
async def test_deleting_a_session_is_told_to_its_readers(ada, room, session):
    layer = get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_add(group_name(room.pk), channel)
    client = AsyncClient()
    await client.aforce_login(ada)
    await client.post(reverse("session-delete", args=[session.pk]))
    told = await layer.receive(channel)
    assert str(session.pk) in str(told)

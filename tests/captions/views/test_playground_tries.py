"""Tries and votes over HTTP."""

from __future__ import annotations

import json
import struct
import uuid

import pytest

from captions.models import Try, TryAudio
from tests.captions.making import try_row

pytestmark = pytest.mark.django_db


@pytest.fixture
def kept(ada):
    row = try_row(ada, "Good evening.", timing={"total_ms": 80})
    TryAudio.objects.create(of=row, data=b"\1\0" * 50, size_bytes=100, media_type="audio/pcm", rate_hz=24000)
    return row


def url(kept, what=""):
    return f"/playground/tries/{kept.pk}{what}"


def body(answer):
    return json.loads(answer.content)


def test_ones_own_tries_are_listed_with_all_that_was_set(as_ada, kept, ben):
    try_row(ben)
    listed = body(as_ada.get("/playground/tries.json"))
    (shown,) = listed["tries"]
    assert (shown["id"], shown["speech"]["text"], shown["timing"]) == (
        str(kept.pk),
        "Good evening.",
        {"total_ms": 80},
    )
    assert (shown["has_audio"], shown["shared"], shown["mine"], listed["more"]) == (True, False, True, False)


def test_a_list_goes_on_behind_its_last(as_ada, ada):
    rows = [try_row(ada) for _ in range(60)]
    first = body(as_ada.get("/playground/tries.json"))
    assert (len(first["tries"]), first["more"]) == (50, True)
    rest = body(as_ada.get(f"/playground/tries.json?before={first['tries'][-1]['id']}"))
    assert {each["id"] for each in first["tries"] + rest["tries"]} == {str(row.pk) for row in rows}
    assert as_ada.get("/playground/tries.json?before=x").status_code == 400


def test_a_list_costs_the_same_however_long_it_is(as_ada, ada, kept, django_assert_max_num_queries):
    with django_assert_max_num_queries(10) as few:
        as_ada.get("/playground/tries.json")
    for _ in range(20):
        try_row(ada)
    with django_assert_max_num_queries(len(few)):
        as_ada.get("/playground/tries.json")


def test_a_shared_try_shows_its_settings_and_not_its_sound(as_ada, as_ben, kept):
    assert as_ben.get(url(kept, ".json")).status_code == 404
    assert body(as_ada.post(url(kept, "/share/"), {"on": "1"}))["shared"] is True
    shown = body(as_ben.get(url(kept, ".json")))
    assert (shown["speech"]["text"], shown["has_audio"], shown["mine"]) == ("Good evening.", False, False)
    assert "ada" not in str(shown)
    assert as_ben.get(url(kept, "/audio")).status_code == 404


def test_a_try_that_is_shared_with_its_audio_is_heard(as_ada, as_ben, kept):
    as_ada.post(url(kept, "/share/"), {"on": "1", "audio": "1"})
    assert body(as_ben.get(url(kept, ".json")))["has_audio"] is True
    answer = as_ben.get(url(kept, "/audio"))
    assert (answer["Content-Type"], answer.content[44:]) == ("audio/wav", b"\1\0" * 50)
    assert struct.unpack("<I", answer.content[40:44]) == (100,)


def test_sharing_needs_no_permission_to_speak_and_spends_nothing(as_ben, as_ada, kept):
    as_ada.post(url(kept, "/share/"), {"on": "1"})
    assert as_ben.get(url(kept, ".json")).status_code == 200
    assert Try.objects.count() == 1


@pytest.mark.parametrize(
    ("what", "fields"), [("/name/", {"name": "Theirs"}), ("/share/", {"on": "1"}), ("/delete/", {})]
)
def test_only_its_owner_changes_a_try(as_ada, as_ben, stranger, kept, what, fields):
    as_ada.post(url(kept, "/share/"), {"on": "1"})
    answer = as_ben.post(url(kept, what), fields)
    assert (answer.status_code, body(answer)["code"]) == (404, "speech.unknown")
    answer = stranger.post(url(kept, what), fields)
    assert (answer.status_code, body(answer)["code"]) == (401, "room.not_signed_in")
    assert as_ada.post(url(kept, what), fields).status_code == 200


def test_a_try_is_named_and_deleted(as_ada, kept):
    assert body(as_ada.post(url(kept, "/name/"), {"name": " Calm  Anna "}))["name"] == "Calm Anna"
    answer = as_ada.post(url(kept, "/name/"), {"name": "x" * 81})
    assert (answer.status_code, body(answer)["field"]) == (422, "name")
    assert body(as_ada.post(url(kept, "/delete/"))) == {"deleted": str(kept.pk)}
    assert not Try.objects.exists()


def test_a_share_says_on_or_off(as_ada, kept):
    answer = as_ada.post(url(kept, "/share/"))
    assert (answer.status_code, body(answer)["field"]) == (422, "on")


@pytest.mark.parametrize("path", ["tries.json", "votes.json", f"tries/{uuid.UUID(int=1)}.json"])
def test_a_stranger_is_told_to_sign_in(stranger, db, path):
    answer = stranger.get(f"/playground/{path}")
    assert (answer.status_code, body(answer)["code"]) == (401, "room.not_signed_in")


def vote(client, **fields):
    return client.post("/playground/votes/", json.dumps(fields), content_type="application/json")


def test_a_vote_is_kept_and_tells_whose_voices_they_were(as_ada, ada, kept):
    other = try_row(ada, voice="other")
    answer = body(vote(as_ada, a=str(kept.pk), b=str(other.pk), choice="b"))
    assert (answer["b"], answer["choice"]) == ({"provider": "voxnexus", "voice": "other"}, "b")
    sums = body(as_ada.get("/playground/votes.json"))
    assert sums["mine"] == sums["all"]
    assert sums["mine"][0] == {"provider": "voxnexus", "voice": "other", "won": 1, "lost": 0, "even": 0}


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"a": "x", "b": "y", "choice": "a"}, 400),
        ({"a": str(uuid.uuid4()), "b": str(uuid.uuid4()), "choice": "a"}, 404),
        ({"a": str(uuid.uuid4()), "b": str(uuid.uuid4()), "choice": "best"}, 422),
    ],
)
def test_a_vote_that_is_none_is_refused(as_ada, fields, status):
    assert vote(as_ada, **fields).status_code == status

"""The owner's page of listening along, and readings over HTTP."""

import uuid

import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient

from captions.live import voices
from captions.models import Access, Listening
from captions.services import listening
from captions.services.listening import Voice
from tests.captions.browsers import cookie_of
from tests.captions.making import segment_row, session_row
from tests.captions.speakers import allow

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("speech")]

ask = sync_to_async
EMMA = Voice("voxnexus", "emu-en-us-emma", "Emma", "en-US")


@pytest.fixture(autouse=True)
def anew():
    voices.forget()


def client_of(user):
    client = AsyncClient()
    name, _, key = cookie_of(user).partition("=")
    client.cookies[name] = key
    return client


@pytest.fixture
def owner(room):
    return client_of(allow(room.owner))


def page_of(room):
    return f"/rooms/{room.slug}/listening/"


async def test_an_owner_chooses_voices_of_every_provider(owner, room):
    page = (await owner.get(page_of(room))).content.decode()
    for value in ("voxnexus:emu-en-us-emma", "voicemaker:ai3-Aria"):
        assert f'value="{value}"' in page
    assert "voxnexus:emu-de-de-klara" not in page
    chosen = ["voxnexus:emu-en-us-emma", "voicemaker:ai3-Aria"]
    answer = await owner.post(page_of(room), {"is_on": "on", "voices": chosen, "characters_per_day": "500"})
    assert answer.status_code == 302
    kept = await Listening.objects.aget(room=room)
    assert [(voice["provider"], voice["id"]) for voice in kept.voices] == [
        ("voxnexus", "emu-en-us-emma"),
        ("voicemaker", "ai3-Aria"),
    ]
    assert (kept.is_on, kept.characters_per_day) == (True, 500)
    viewer = (await AsyncClient().get(f"/r/{room.slug}/")).content.decode()
    assert 'data-testid="listen-along"' in viewer
    assert "Read out today: 0 of 500" in (await owner.get(f"/rooms/{room.slug}/")).content.decode()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"voices": []}, "at least one voice"),
        ({"voices": ["voxnexus:nobody"]}, "not one of the available choices"),
        ({"characters_per_day": "5"}, "greater than or equal to 100"),
        ({"characters_per_day": "many"}, "whole number"),
    ],
    ids=["none", "unknown", "too-few", "no-number"],
)
async def test_what_cannot_be_used_is_told_and_nothing_is_saved(owner, room, more, said):
    good = {"is_on": "on", "voices": ["voxnexus:emu-en-us-emma"], "characters_per_day": "500"}
    answer = await owner.post(page_of(room), {**good, **more})
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not await Listening.objects.aexists()


async def test_an_owner_without_the_permission_is_told_whom_to_ask(room):
    client = await ask(client_of)(room.owner)
    assert "Whoever runs this site can allow it" in (await client.get(page_of(room))).content.decode()
    assert (await client.post(page_of(room), {"is_on": "on"})).status_code == 403


async def test_the_page_is_the_owners_alone(room, ben):
    assert (await (await ask(client_of)(ben)).get(page_of(room))).status_code == 403


@pytest.fixture
def segment(room):
    allow(room.owner)
    listening.change(room, is_on=True, voices=[EMMA], characters_per_day=1_000)
    return segment_row(session_row(room), text="good evening")


async def test_a_reader_hears_a_caption(room, segment):
    answer = await AsyncClient().get(f"/r/{room.slug}/readings/{segment.pk}?voice=0")
    assert answer["Content-Type"] == "audio/wav"
    assert answer["Cache-Control"].startswith("private")
    assert answer.content[:4] == b"RIFF"


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("{segment}?voice=1", "listening.off"),
        ("{segment}?voice=x", "message.bad"),
        ("{unknown}", "listening.past"),
    ],
    ids=["voice", "no-number", "caption"],
)
async def test_what_cannot_be_heard_says_why(room, segment, path, code):
    path = path.format(segment=segment.pk, unknown=uuid.uuid4())
    answer = await AsyncClient().get(f"/r/{room.slug}/readings/{path}")
    assert answer.status_code >= 400
    assert answer.json()["code"].endswith(code.split(".")[1])


async def test_strangers_hear_nothing_of_a_room_of_members(room, segment):
    room.access = Access.MEMBERS
    await room.asave()
    answer = await AsyncClient().get(f"/r/{room.slug}/readings/{segment.pk}")
    assert answer.status_code in (401, 403)
    assert (await listening_cost(room)).in_all == 0


@ask
def listening_cost(room):
    return listening.cost(room)

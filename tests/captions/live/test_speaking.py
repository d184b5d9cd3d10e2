"""A speech under way, against the local speech server, for a listener who writes down what it hears."""

from __future__ import annotations

import asyncio
import threading

import pytest
from asgiref.sync import sync_to_async

from captions.live import speaking, voices
from captions.live.speaking import Order, Speaking
from captions.live.turns import turns
from captions.models import Characters, Try
from captions.services import characters
from captions.services.speakers import Speaker
from captions.tts.events import Audio, Event, Piece, Waiting
from captions.tts.speech import from_json
from tests.captions.browsers import cookie_of
from tests.captions.live.test_onair import missing_table
from tests.captions.speakers import LONG, TEXT, a_speech, allow
from tests.captions.speechserver.processes import until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("speech")]

ask = sync_to_async


class Ear:
    """Takes all that comes, unless it is to take no audio."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.is_over = False
        self.takes_audio = asyncio.Event()
        self.takes_audio.set()
        self.heard = asyncio.Event()

    def accepted(self, standing):
        assert standing.user_left is None

    async def hear(self, event):
        self.events.append(event)
        if isinstance(event, Audio):
            self.heard.set()
            await self.takes_audio.wait()

    def over(self, speaking):
        assert not self.is_over
        self.is_over = True

    def of(self, kind):
        return [event for event in self.events if isinstance(event, kind)]


@pytest.fixture
def speaker(ada):
    voices.forget()
    return Speaker(allow(ada).pk, cookie_of(ada).partition("=")[2])


@pytest.fixture(autouse=True)
async def nothing_is_left(process):
    yield
    assert not speaking._under_way
    assert (turns.by_provider.total(), dict(turns.by_account)) == (0, {})


def begun(speaker, text=TEXT, **more):
    ear = Ear()
    order = Order(speech=from_json(a_speech(text, **more)), speaker=speaker)
    it = Speaking(order, ear, check=voices.check)
    it.start()
    return it, ear


async def spoken(speaker, text=TEXT, **more):
    it, ear = begun(speaker, text, **more)
    async with asyncio.timeout(30):
        await it.settled()
    assert ear.is_over
    return it, ear


@ask
def spent():
    return sum(Characters.objects.values_list("characters", flat=True))


async def test_a_speech_that_is_stopped_before_it_began_costs_nothing_and_is_not_kept(speaker):
    it, ear = begun(speaker)
    it.stop()
    await it.settled()
    assert (it.ended, ear.events, await spent()) == ("stopped", [], 0)
    assert not await Try.objects.aexists()


async def test_a_stop_while_characters_are_being_reserved_gives_them_back(speaker, monkeypatch):
    asked, go_on = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def slowly(**fields):
        loop.call_soon_threadsafe(asked.set)
        assert go_on.wait(10)
        return reserve(**fields)

    reserve = characters.reserve
    monkeypatch.setattr(characters, "reserve", slowly)
    it, ear = begun(speaker)
    await asked.wait()
    it.stop()
    go_on.set()
    await it.settled()
    assert (it.ended, ear.events, await spent()) == ("stopped", [], 0)
    assert await Characters.objects.aexists()


async def test_a_second_stop_and_one_after_the_end_do_nothing(speaker):
    it, _ = await spoken(speaker)
    it.stop()
    assert it.ended == "done"


async def test_a_listener_who_takes_nothing_holds_the_provider_up(speaker, speech):
    it, ear = begun(speaker, LONG)
    ear.takes_audio.clear()
    await ear.heard.wait()
    before = len(ear.events)
    for _ in range(20):
        await asyncio.sleep(0)
    assert len(ear.events) == before
    it.stop()
    await it.settled()
    await until(lambda: speech.server.speaker.speaking == 0)


async def test_a_provider_without_room_is_waited_for_and_that_is_said(speaker, speech):
    speech.configure(EMU_TTS_REFUSE_STATUS=429, EMU_TTS_REFUSE_TIMES=1, EMU_VN_RETRY_AFTER=0)
    it, ear = await spoken(speaker)
    assert (it.ended, len(ear.of(Waiting))) == ("done", 1)
    assert await spent() == len(TEXT)


@pytest.mark.parametrize(
    ("switches", "ended", "says"),
    [
        ({"EMU_TTS_NOTHING": True}, "voice.silent", "said nothing for 0.3 s"),
        ({"EMU_TTS_DROP_AFTER_MS": 500}, "voice.lost", "broke off in the middle"),
        ({"EMU_TTS_GARBLE_AFTER_MS": 500}, "voice.garbled", "not speech"),
        ({"EMU_TTS_REFUSE_STATUS": 403}, "voice.refused", "must check VOXNEXUS_API_KEY"),
        ({"EMU_TTS_REFUSE_STATUS": 500}, "voice.refused", "should pass"),
    ],
)
async def test_what_goes_wrong_with_a_provider_is_told_and_kept(
    speaker, speech, settings, switches, ended, says
):
    settings.TTS_CONNECT_S = settings.TTS_FIRST_BYTE_S = 0.3
    speech.configure(**switches)
    it, _ = await spoken(speaker)
    assert (it.ended, says in str(it.error)) == (ended, True), str(it.error)
    assert (await Try.objects.aget()).ended == ended
    await until(lambda: speech.server.speaker.speaking == 0)


async def test_a_provider_that_is_away_costs_nothing(speaker, settings):
    settings.VOXNEXUS_WS_URL = "ws://127.0.0.1:9"
    it, _ = await spoken(speaker)
    assert (it.ended, await spent()) == ("voice.lost", 0)


async def test_a_voice_that_is_not_listed_is_for_the_provider_to_refuse(speaker):
    it, _ = await spoken(speaker, voice="vl-nobody")
    assert (it.ended, await spent()) == ("voice.refused", 0)


async def test_pieces_are_counted_in_the_timing_of_a_try(speaker):
    _, ear = await spoken(speaker, LONG, transport="rest")
    kept = await Try.objects.aget()
    assert kept.timing["pieces"] == ear.of(Piece)[0].of == len(ear.of(Piece)) > 1
    assert kept.timing["bytes"] == sum(len(audio.data) for audio in ear.of(Audio))


async def test_a_try_that_cannot_be_stored_is_heard_all_the_same(speaker):
    async with missing_table("captions_try"):
        it, ear = await spoken(speaker)
    assert (it.ended, it.kept, bool(ear.of(Audio))) == ("done", None, True)


async def test_without_a_database_nothing_is_spoken(speaker):
    async with missing_table("captions_characters"):
        it, ear = await spoken(speaker)
    assert (it.ended, ear.events) == ("server.unavailable", [])


async def test_the_end_of_the_process_ends_every_speech(speaker, speech):
    speech.configure(EMU_TTS_PACE=1)
    going = [begun(speaker, LONG) for _ in range(2)]
    for _, ear in going:
        await ear.heard.wait()
    async with asyncio.timeout(5):
        await speaking.let_all_go()
    assert [it.ended for it, _ in going] == ["server.unavailable"] * 2
    await until(lambda: speech.server.speaker.speaking == 0)

"""Captions read out, against the local speech server."""

import asyncio
import uuid

import pytest
from asgiref.sync import sync_to_async

from captions.errors import ListeningOff, ReadingFailed, ReadingPast
from captions.live import listening as live
from captions.live import voices
from captions.live.listening import _get, reading_of
from captions.models import Characters, Reading
from captions.services import listening
from captions.services.listening import Voice
from tests.captions.making import segment_row, session_row
from tests.captions.speakers import allow
from tests.captions.speechserver.processes import until

pytestmark = [pytest.mark.django_db(transaction=True)]

ask = sync_to_async
EMMA = Voice("voxnexus", "emu-en-us-emma", "Emma", "en-US")
ARIA = Voice("voicemaker", "ai3-Aria", "Aria", "en-US")
KAVERI = Voice("vachana", "timbre-v2.5/Kaveri", "Kaveri", "en-IN")
TEXT = "good evening"
WAV_BYTES = 44 + len(TEXT) * 60 * 48


@pytest.fixture
def offering(room):
    voices.forget()
    allow(room.owner)
    listening.change(room, is_on=True, voices=[EMMA, ARIA, KAVERI], characters_per_day=1_000)
    return room


@pytest.fixture
def segment(offering):
    return segment_row(session_row(offering), text=TEXT)


@ask
def spent(room):
    counted = sum(Characters.objects.filter(user=room.owner).values_list("characters", flat=True))
    return counted, listening.cost(room).in_all


async def test_all_who_listen_hear_what_was_made_once(speech, offering, segment):
    heard = await asyncio.gather(*(reading_of(offering, segment.pk, 0) for _ in range(20)))
    assert {made.media_type for made in heard} == {"audio/wav"}
    assert abs(len(heard[0].data) - WAV_BYTES) < 100
    assert len({made.data for made in heard}) == 1
    assert len([m for visit in speech.log() for m in visit if m.get("text")]) == 1
    assert await spent(offering) == (len(TEXT), len(TEXT))


async def test_processes_wait_for_each_other(speech, offering, segment):
    speech.configure(EMU_TTS_PACE=4)
    heard = await asyncio.gather(*(_get(offering, segment.pk, 0) for _ in range(3)))
    assert len({made.data for made in heard}) == 1
    assert await spent(offering) == (len(TEXT), len(TEXT))


async def test_every_provider_reads(speech, offering, segment):
    for number in range(3):
        made = await reading_of(offering, segment.pk, number)
        assert abs(len(made.data) - WAV_BYTES) < 100
    assert await spent(offering) == (3 * len(TEXT), 3 * len(TEXT))


async def test_what_cannot_be_read_out_costs_nothing_and_is_not_asked_for_again(speech, offering, segment):
    speech.configure(EMU_TTS_REFUSE_STATUS=500)
    for _ in range(2):
        with pytest.raises(ReadingFailed):
            await reading_of(offering, segment.pk, 0)
    assert await spent(offering) == (0, 0)
    assert (await Reading.objects.aget()).ended == "voice.refused"


async def test_more_captions_than_may_be_spoken_at_once_wait(speech, offering, segment):
    speech.configure(EMU_TTS_PACE=4)
    more = [await ask(segment_row)(segment.session, utterance=n, text=TEXT) for n in range(2, 9)]
    heard = await asyncio.gather(*(reading_of(offering, each.pk, 0) for each in more))
    assert len(heard) == 7
    assert not live._turns._rooms


async def test_a_listener_who_leaves_takes_it_from_nobody(speech, offering, segment):
    speech.configure(EMU_TTS_PACE=2)
    leaving = asyncio.create_task(reading_of(offering, segment.pk, 0))
    await until(lambda: speech.server.speaker.speaking)
    staying = asyncio.create_task(reading_of(offering, segment.pk, 0))
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.wait([leaving])
    assert abs(len((await staying).data) - WAV_BYTES) < 100


async def test_nobody_reads_where_it_is_off(speech, room):
    with pytest.raises(ListeningOff):
        await reading_of(room, uuid.uuid4(), 0)


async def test_only_captions_are_read(speech, offering):
    with pytest.raises(ReadingPast):
        await reading_of(offering, uuid.uuid4(), 0)

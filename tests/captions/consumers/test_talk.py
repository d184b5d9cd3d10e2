from __future__ import annotations

import asyncio

import pytest
from asgiref.sync import sync_to_async

from captions.audio import samples_to_ms
from captions.consumers import talk
from captions.models import Segment, Session, Usage
from captions.spending import MINUTE_MS
from tests.captions.browsers import browser, sign_out
from tests.captions.speakers import allow
from tests.speech import MARK_MS, position_pcm, silence_pcm, speech_server
from tests.upstream import fake_upstream

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("process")]

TALK = "/ws/talk/"
SECOND_IN_MINUTES = 1000 / MINUTE_MS
ask = sync_to_async


@pytest.fixture
def ada_speaks(transactional_db, ada):
    return allow(ada)


@pytest.fixture
def speaking(speech, ada_speaks, settings):
    """A speech server that is sent to faster than one can speak, and looked after often."""
    settings.REPLAY_RATE = 40.0
    settings.SPEND_CHECK_S = 0.02
    settings.SPEND_SAVE_S = 0.05
    return speech


@pytest.fixture(autouse=True)
def nobody_is_left_talking():
    yield
    assert talk._talking == {}


@ask
def used_ms(**of):
    return samples_to_ms(Usage.objects.filter(**of).total_samples())


async def say(page, pcm, chunk_ms=100):
    for at in range(0, len(pcm), chunk_ms * 32):
        await page.line.send_to(bytes_data=pcm[at : at + chunk_ms * 32])


async def listening(page, language="en-US"):
    await page.say("start", language=language)
    return await page.hear("ready")


async def until(happened):
    async with asyncio.timeout(10):
        while not happened():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


# --- what is said becomes text ---


async def test_what_is_said_becomes_text_while_it_is_said(speaking, ada_cookie):
    async with browser(TALK, cookie=ada_cookie) as page:
        assert await listening(page) == {"type": "ready"}
        await say(page, position_pcm(0, 4))
        assert (await page.hear("interim"))["text"].startswith("w0")
        await say(page, silence_pcm(800))
        assert await page.hear("final") == {"type": "final", "text": "w0 w1 w2 w3", "utterance": 1}
        await say(page, position_pcm(4, 2) + silence_pcm(800))
        assert await page.hear("final") == {"type": "final", "text": "w4 w5", "utterance": 2}


async def test_a_pause_asks_the_service_to_finish(ada_speaks, ada_cookie, settings):
    """It need not think so itself: this one never does."""

    async def play(visit):
        await visit.begin()
        await visit.hear_flush()
        await visit.final("so be it", 0, 500)
        await visit.finish()
        await visit.serve_flushes()

    settings.REPLAY_RATE = 40.0
    async with fake_upstream(play) as fake, browser(TALK, cookie=ada_cookie) as page:
        settings.VOXNEXUS_WS_URL = fake.upstream().ws_url
        await listening(page)
        await say(page, position_pcm(0, 3) + silence_pcm(700))
        assert (await page.hear("final"))["text"] == "so be it"
        assert fake.visits[0].flushes == 1
        await say(page, silence_pcm(3000))
        await until(lambda: fake.visits[0].audio_ms >= 3600)
        assert fake.visits[0].flushes == 1, "silence alone is nothing to finish"


async def test_a_voice_that_breaks_off_is_finished_as_well(speaking, ada_cookie):
    async with browser(TALK, cookie=ada_cookie) as page:
        await listening(page)
        await say(page, position_pcm(0, 3), chunk_ms=70)
        assert (await page.hear("final"))["text"] == "w0 w1 w2"


async def test_stop_finishes_what_was_said_and_start_listens_anew(speaking, ada_cookie):
    async with browser(TALK, cookie=ada_cookie) as page:
        for first in (0, 5):
            await listening(page)
            await say(page, position_pcm(first, 2))
            await page.say("stop")
            assert await page.hear("stopped") == {"type": "stopped", "reason": "asked"}
        assert [final["text"] for final in page.of("final")] == ["w0 w1", "w5 w6"]
        await until(lambda: speaking.open_connections == 0)


async def test_nothing_is_stored(speaking, ada_cookie):
    async with browser(TALK, cookie=ada_cookie) as page:
        await listening(page)
        await say(page, position_pcm(0, 3) + silence_pcm(800))
        await page.hear("final")
    assert not await Session.objects.aexists()
    assert not await Segment.objects.aexists()


# --- who may ---


async def test_a_stranger_is_told_to_sign_in(speech):
    async with browser(TALK) as page:
        assert await page.closed() == 4401
        assert page.of("error")[0]["code"] == "room.not_signed_in"


async def test_an_account_without_the_permission_is_told_whom_to_ask(speech, ben_cookie):
    async with browser(TALK, cookie=ben_cookie) as page:
        await page.say("start", language="en-US")
        assert await page.closed() == 4403
        (error,) = page.of("error")
    assert error["code"] == "speech.not_allowed"
    assert "Whoever runs this site can allow it" in error["message"]
    assert speech.log() == []


async def test_a_page_of_another_site_is_refused(speech, ada_speaks, ada_cookie):
    async with browser(TALK, cookie=ada_cookie, origin="https://elsewhere.example") as page:
        assert await page.closed() == 4403
    assert speech.log() == []


async def test_who_signs_out_is_let_go_within_seconds(speaking, ada_cookie, settings):
    settings.RECHECK_INTERVAL_S = 0.1
    async with browser(TALK, cookie=ada_cookie) as page:
        await listening(page)
        await ask(sign_out)(ada_cookie)
        assert await page.closed() == 4401
        await until(lambda: speaking.open_connections == 0)


async def test_the_permission_can_be_taken_back_meanwhile(speaking, ada_speaks, ada_cookie, settings):
    settings.RECHECK_INTERVAL_S = 0.1
    async with browser(TALK, cookie=ada_cookie) as page:
        await listening(page)
        await ask(ada_speaks.user_permissions.clear)()
        assert await page.closed() == 4403
        await until(lambda: speaking.open_connections == 0)


async def test_an_account_talks_in_one_place_at_a_time(speaking, ada_cookie):
    async with browser(TALK, cookie=ada_cookie) as old, browser(TALK, cookie=ada_cookie) as new:
        await listening(old)
        await listening(new)
        assert await old.closed() == 4408
        await until(lambda: speaking.open_connections == 1)
        await say(new, position_pcm(0, 2) + silence_pcm(800))
        assert (await new.hear("final"))["text"] == "w0 w1"


# --- how it ends ---


async def test_a_page_that_is_gone_lets_go_of_the_upstream_at_once(speaking, ada_cookie):
    async with browser(TALK, cookie=ada_cookie) as page:
        await listening(page)
        await say(page, position_pcm(0, 3))
        await page.hear("interim")
    await until(lambda: speaking.open_connections == 0)
    assert not any(message.get("command") == "flush" for message in speaking.log()[0]), (
        "nothing is waited for"
    )


async def test_a_page_may_go_while_the_service_is_still_asked(ada_speaks, ada_cookie, settings):
    async def play(visit):
        await visit.read_on()

    async with fake_upstream(play) as fake:
        settings.VOXNEXUS_WS_URL = fake.upstream().ws_url
        async with browser(TALK, cookie=ada_cookie) as page:
            await page.say("start", language="en-US")
            await fake.until(lambda: fake.visits != [])
            await page.say("stop")
            assert (await page.hear("stopped"))["reason"] == "asked"
        await asyncio.wait_for(fake.visits[0].socket.wait_closed(), 5)


async def test_it_ends_after_a_while_and_says_why(speaking, ada_cookie, settings):
    settings.TALK_LIMIT_S = 0.3
    async with browser(TALK, cookie=ada_cookie) as page:
        await listening(page)
        await say(page, position_pcm(0, 2))
        assert (await page.hear("stopped"))["reason"] == "time"
        assert page.of("final")[-1]["text"] == "w0 w1", "and finishes what was said"


async def test_it_ends_when_nobody_speaks(speaking, ada_cookie, settings):
    settings.TALK_SILENCE_S = 0.2
    async with browser(TALK, cookie=ada_cookie) as page:
        await listening(page)
        await say(page, silence_pcm(300))
        assert (await page.hear("stopped"))["reason"] == "silence"
    await until(lambda: speaking.open_connections == 0)


async def test_a_connection_that_breaks_is_told_and_not_opened_again(speaking, ada_cookie):
    async with browser(TALK, cookie=ada_cookie) as page:
        await listening(page)
        await say(page, position_pcm(0, 3))
        await page.hear("interim")
        speaking.drop_all()
        assert await page.closed() == 4502
        assert page.of("error")[-1]["code"] == "upstream.lost"
    assert len(speaking.log()) == 1


async def test_what_the_service_says_before_it_hangs_up_is_told(ada_speaks, ada_cookie, settings):
    async def play(visit):
        await visit.begin()
        await visit.receive()
        await visit.say(type="error", code="RATE_LIMIT", error="Too many requests")

    async with fake_upstream(play) as fake, browser(TALK, cookie=ada_cookie) as page:
        settings.VOXNEXUS_WS_URL = fake.upstream().ws_url
        await listening(page)
        await say(page, position_pcm(0, 1))
        assert await page.closed() == 4502
        assert "Too many requests" in page.of("error")[-1]["message"]


async def test_a_language_the_engine_lacks_is_refused_with_what_to_do(
    process, ada_speaks, ada_cookie, settings
):
    async with speech_server("pocketsphinx") as server, browser(TALK, cookie=ada_cookie) as page:
        settings.VOXNEXUS_WS_URL = server.url
        await page.say("start", language="de-DE")
        assert await page.closed() == 4502
        assert "does not know this language" in page.of("error")[-1]["message"]


async def test_a_service_that_does_not_finish_is_given_up(ada_speaks, ada_cookie, settings):
    async def play(visit):
        await visit.begin()
        await visit.read_on()

    settings.STT_FLUSH_TIMEOUT_S = 0.2
    async with fake_upstream(play) as fake, browser(TALK, cookie=ada_cookie) as page:
        settings.VOXNEXUS_WS_URL = fake.upstream().ws_url
        await listening(page)
        await say(page, position_pcm(0, 1))
        await page.say("stop")
        assert await page.closed() == 4502
        assert "did not finish" in page.of("error")[-1]["message"]


# --- bad input ---


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "not JSON"),
        ('{"type":"since","version":1}', "start or stop, not 'since'"),
        ('{"type":"start"}', '"language", a BCP 47 tag'),
        ('{"type":"start","language":"<b>"}', "BCP 47"),
        ('{"type":"stop"}', "does not listen"),
    ],
)
async def test_what_is_not_understood_is_said_and_the_socket_goes_on(speaking, ada_cookie, text, told):
    async with browser(TALK, cookie=ada_cookie) as page:
        await page.say_raw(text)
        error = await page.hear("error")
        assert (error["code"], error["fatal"]) == ("message.bad", False)
        assert told in error["message"]
        await listening(page)


@pytest.mark.parametrize("size", [1, 3, 32_002])
async def test_a_piece_that_is_no_audio_is_refused(speaking, ada_cookie, size):
    async with browser(TALK, cookie=ada_cookie) as page:
        await listening(page)
        await page.line.send_to(bytes_data=bytes(size))
        assert (await page.hear("error"))["code"] == "audio.bad_chunk"
        await say(page, position_pcm(0, 2) + silence_pcm(800))
        await page.hear("final")


async def test_audio_before_ready_is_refused(speaking, ada_cookie):
    async with browser(TALK, cookie=ada_cookie) as page:
        await page.say("start", language="en-US")
        await page.hear("ready")
        await page.say("stop")
        await page.hear("stopped")
        await say(page, position_pcm(0, 1))
        assert "once it is answered by ready" in (await page.hear("error"))["message"]


async def test_more_than_can_be_sent_is_refused_and_not_kept(speaking, ada_cookie, settings):
    settings.REPLAY_RATE = 0.5
    settings.TALK_WAITING_MS = 1000
    async with browser(TALK, cookie=ada_cookie) as page:
        await listening(page)
        await say(page, position_pcm(0, 10), chunk_ms=500)
        assert (await page.hear("error"))["code"] == "audio.too_fast"


# --- what it costs ---


async def test_what_is_sent_counts_on_the_account_and_on_no_room(speaking, ada_cookie):
    async with browser(TALK, cookie=ada_cookie) as page:
        await listening(page)
        await say(page, position_pcm(0, 5))
        await page.say("stop")
        await page.hear("stopped")
    row = await Usage.objects.aget()
    assert (row.user_id is not None, row.room_id, row.by_guest) == (True, None, False)
    assert await used_ms(user__username="ada") == 5 * MARK_MS


async def test_where_it_stands_is_told_after_ready(speaking, ada_cookie, settings):
    settings.MINUTES_PER_USER = 60
    async with browser(TALK, cookie=ada_cookie) as page:
        await listening(page)
        spend = await page.hear("spend")
    assert (spend["limit"], spend["used_ms"], spend["left_ms"]) == ("user", 0, 60 * MINUTE_MS)


async def test_nothing_is_started_where_nothing_is_left(speaking, ada_cookie, settings):
    settings.MINUTES_PER_USER = SECOND_IN_MINUTES
    async with browser(TALK, cookie=ada_cookie) as page:
        await listening(page)
        await say(page, position_pcm(0, 6) + silence_pcm(800))
        assert await page.closed() == 4402
        assert page.of("final")[-1]["text"] == "w0 w1 w2 w3 w4 w5", "no word is cut"
    async with browser(TALK, cookie=ada_cookie) as page:
        await page.say("start", language="en-US")
        error = await page.hear("error")
        assert (error["code"], error["fatal"]) == ("spend.used_up", True)
        assert "limit of one account" in error["message"]
    assert len(speaking.log()) == 1

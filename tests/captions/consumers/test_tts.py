"""The speech socket, against the local speech server."""

from __future__ import annotations

import pytest
from asgiref.sync import sync_to_async

from captions.live import samples, speaking, voices
from captions.live.counts import counts
from captions.live.metrics import exposition
from captions.live.turns import turns
from captions.models import Characters, Try
from captions.services import characters
from tests.captions.browsers import browser, sign_out
from tests.captions.speakers import LONG, TEXT, TEXT_MS, TTS, a_speech, allow
from tests.captions.speechserver.processes import until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("speech", "speaking_ada")]

ask = sync_to_async


@pytest.fixture
def speaking_ada(ada):
    voices.forget()
    samples.forget()
    return allow(ada)


@pytest.fixture(autouse=True)
async def nothing_is_left(process):
    yield
    assert not speaking._under_way
    assert not turns.by_account
    assert not turns.by_provider.total()


@ask
def spent():
    return sum(Characters.objects.values_list("characters", flat=True))


@ask
def the_try():
    return Try.objects.select_related("audio").get()


async def nothing_speaks(speech):
    await until(lambda: speech.server.speaker.speaking == 0)


async def heard_all(page, id_=1):
    return await page.hear("done", lambda done: done["id"] == id_)


async def test_a_text_is_spoken_from_accepted_to_done(ada_cookie):
    async with browser(TTS, cookie=ada_cookie) as page:
        await page.say("speak", id=1, speech=a_speech())
        accepted = await page.hear("accepted")
        done = await heard_all(page)
    assert (accepted["characters"], accepted["left"]) == (len(TEXT), {"user": None, "site": None})
    assert page.of("format") == [
        {"type": "format", "id": 1, "media_type": "audio/pcm", "rate_hz": 24000, "channels": 1}
    ]
    assert len(page.audio[1]) == done["timing"]["bytes"] >= TEXT_MS * 48
    assert done["timing"]["audio_ms"] * 48 == done["timing"]["bytes"]
    assert done["timing"]["first_byte_ms"] <= done["timing"]["total_ms"]
    assert page.of("wire") == []


@pytest.mark.parametrize("transport", ["websocket", "rest"])
async def test_a_try_is_kept_with_its_settings_and_timing(ada_cookie, transport):
    async with browser(TTS, cookie=ada_cookie) as page:
        await page.say("speak", id=1, speech=a_speech(transport=transport, options={"speed": 2}))
        done = await heard_all(page)
    kept = await the_try()
    assert done["try"] == str(kept.pk)
    assert (kept.ended, kept.characters, kept.speech["options"]["speed"]) == ("done", len(TEXT), 2)
    assert kept.timing == done["timing"]
    assert not hasattr(kept, "audio")


async def test_audio_is_kept_where_that_is_asked_for(ada_cookie):
    async with browser(TTS, cookie=ada_cookie) as page:
        await page.say("speak", id=1, speech=a_speech(), keep_audio=True)
        await heard_all(page)
    assert bytes((await the_try()).audio.data) == bytes(page.audio[1])


async def test_audio_that_is_too_long_to_keep_is_heard_all_the_same(ada_cookie, settings):
    settings.TRY_AUDIO_BYTES = 1000
    async with browser(TTS, cookie=ada_cookie) as page:
        await page.say("speak", id=1, speech=a_speech(), keep_audio=True)
        done = await heard_all(page)
    assert len(page.audio[1]) == done["timing"]["bytes"]
    assert "without its audio" in page.of("warning")[0]["message"]
    assert not hasattr(await the_try(), "audio")


async def test_nothing_is_kept_where_that_is_not_wanted(ada_cookie):
    async with browser(TTS, cookie=ada_cookie) as page:
        await page.say("speak", id=1, speech=a_speech(), keep=False)
        assert (await heard_all(page))["try"] is None
    assert not await Try.objects.aexists()
    assert await spent() == len(TEXT)


async def test_the_wire_is_shown_without_the_key(ada_cookie):
    async with browser(TTS, cookie=ada_cookie) as page:
        await page.say("speak", id=1, speech=a_speech(), trace=True)
        await heard_all(page)
    wires = page.of("wire")
    assert {"open", "text", "close"} <= {wire["kind"] for wire in wires}
    assert any('"init"' in wire["body"] for wire in wires if wire["direction"] == "out")
    assert "emu-key" not in str(wires)


async def test_four_are_spoken_at_once_and_a_fifth_is_told_to_wait(ada_cookie, speech):
    speech.configure(EMU_TTS_PACE=1)
    async with browser(TTS, cookie=ada_cookie) as page:
        for number in range(1, 6):
            await page.say("speak", id=number, speech=a_speech(LONG))
        error = await page.hear("error")
        assert (error["id"], error["code"], error["fatal"]) == (5, "speech.busy", False)
        assert "4 of your texts are being spoken already" in error["message"]
        while len(page.of("format")) < 4:
            await page.hear("format")


async def test_a_provider_that_is_full_says_so(ada_cookie, speech, settings):
    settings.TTS_AT_ONCE_PER_USER = 30
    speech.configure(EMU_TTS_PACE=1)
    async with browser(TTS, cookie=ada_cookie) as page:
        for number in range(1, 22):
            await page.say("speak", id=number, speech=a_speech(LONG), keep=False)
            await page.hear("accepted" if number <= 20 else "error")
        (error,) = page.of("error")
    assert error["message"].startswith("VoxNexus is speaking for 20 others already. Wait a little")


async def test_a_stop_lets_the_provider_go_at_once(ada_cookie, speech):
    speech.configure(EMU_TTS_PACE=1)
    async with browser(TTS, cookie=ada_cookie) as page:
        await page.say("speak", id=1, speech=a_speech(LONG))
        await page.hear("format")
        assert speech.server.speaker.speaking == 1
        await page.say("stop", id=1)
        stopped = await page.hear("stopped")
        await nothing_speaks(speech)
    kept = await the_try()
    assert (stopped["try"], kept.ended) == (str(kept.pk), "stopped")


async def test_a_page_that_is_closed_leaves_nothing_that_goes_on(ada_cookie, speech):
    speech.configure(EMU_TTS_PACE=1)
    async with browser(TTS, cookie=ada_cookie) as page:
        for number in (1, 2):
            await page.say("speak", id=number, speech=a_speech(LONG))
            await page.hear("format")
    assert not speaking._under_way
    await nothing_speaks(speech)


async def test_what_was_never_sent_is_not_counted(ada_cookie, speech):
    speech.configure(EMU_TTS_PACE=1)
    async with browser(TTS, cookie=ada_cookie) as page:
        await page.say("speak", id=1, speech=a_speech(LONG, transport="rest"))
        await page.hear("piece")
        assert await spent() == len(LONG)
    assert 0 < await spent() < len(LONG) / 2


async def test_a_refused_text_costs_nothing(ada_cookie, speech):
    speech.configure(EMU_TTS_REFUSE_STATUS=401)
    async with browser(TTS, cookie=ada_cookie) as page:
        await page.say("speak", id=1, speech=a_speech())
        error = await page.hear("error")
    assert (error["id"], error["code"], error["fatal"]) == (1, "voice.refused", False)
    assert await spent() == 0


async def test_who_does_not_say_got_gets_no_more_than_the_window(ada_cookie, settings, speech):
    settings.TTS_WINDOW_BYTES, settings.TTS_STALL_S = 50_000, 0.5
    async with browser(TTS, cookie=ada_cookie) as page:
        await page.say("speak", id=1, speech=a_speech(LONG))
        await page.hear("error")
    assert 30_000 < len(page.audio[1]) <= 50_000


async def test_who_says_got_gets_all(ada_cookie, settings):
    settings.TTS_WINDOW_BYTES = 50_000
    got = 0
    async with browser(TTS, cookie=ada_cookie) as page:
        await page.say("speak", id=1, speech=a_speech())
        while not page.of("done"):
            await page.take()
            come = len(page.audio.get(1, b""))
            assert come <= got + 50_000
            if come > got:
                got = come
                await page.say("got", id=1, bytes=got)
    assert got == page.of("done")[0]["timing"]["bytes"] > 50_000


async def test_a_speech_that_nobody_takes_is_stopped(ada_cookie, settings, speech):
    settings.TTS_WINDOW_BYTES, settings.TTS_STALL_S = 20_000, 0.2
    async with browser(TTS, cookie=ada_cookie) as page:
        await page.say("speak", id=1, speech=a_speech(LONG))
        error = await page.hear("error")
        assert (error["id"], error["code"]) == (1, "speech.unheard")
        await nothing_speaks(speech)


async def test_a_day_that_is_used_up_says_what_is_left(ada_cookie, settings):
    settings.CHARACTERS_PER_USER = len(TEXT) + 10
    async with browser(TTS, cookie=ada_cookie) as page:
        await page.say("speak", id=1, speech=a_speech())
        assert (await page.hear("accepted"))["left"] == {"user": 10, "site": None}
        await heard_all(page)
        await page.say("speak", id=2, speech=a_speech())
        error = await page.hear("error")
    assert (error["id"], error["code"], error["fatal"]) == (2, "speech.used_up", False)
    assert f"{len(TEXT)} characters, and 10 of today's {len(TEXT) + 10} are left" in error["message"]
    assert "begin anew at 00:00 UTC" in error["message"]
    assert await spent() == len(TEXT)


async def test_what_the_page_measured_is_kept_with_the_try(ada_cookie):
    async with browser(TTS, cookie=ada_cookie) as page:
        await page.say("speak", id=1, speech=a_speech())
        done = await heard_all(page)
        await page.say("played", **{"try": done["try"]}, first_sound_ms=81.25, underruns=2)
        await page.say("speak", id=2, speech=a_speech(), keep=False)
        await heard_all(page, 2)
    kept = await the_try()
    assert kept.timing["page"] == {"first_sound_ms": 81.2, "underruns": 2}


@pytest.mark.parametrize(
    ("speech_", "field", "says"),
    [
        (a_speech("  "), "text", "Type a text first"),
        (a_speech("x" * 1_000_000), "text", "1000000 characters; at most 100000"),
        (a_speech(provider="nobody"), "provider", "no such provider"),
        (a_speech(voice=""), "voice", "Choose a voice"),
        (a_speech(options={"speed": 9}), "speed", "0.5 to 2"),
        (a_speech(options={"voice_config": {"style": "x" * 20_000}}), "options", "too long"),
        ("a text", "speech", "what to speak"),
    ],
)
async def test_what_cannot_be_spoken_is_said_with_its_field(ada_cookie, speech_, field, says):
    async with browser(TTS, cookie=ada_cookie) as page:
        await page.say("speak", id=7, speech=speech_)
        error = await page.hear("error")
        assert (error["id"], error["field"], error["fatal"]) == (7, field, False)
        assert says in error["message"]
        await page.say("speak", id=8, speech=a_speech("Go on."))
        await heard_all(page, 8)
    assert await spent() == len("Go on.")


async def test_an_id_is_of_one_speech_at_a_time(ada_cookie, speech):
    speech.configure(EMU_TTS_PACE=1)
    async with browser(TTS, cookie=ada_cookie) as page:
        await page.say("speak", id=1, speech=a_speech(LONG))
        await page.hear("accepted")
        await page.say("speak", id=1, speech=a_speech())
        error = await page.hear("error")
    assert error["code"] == "message.bad"
    assert "under way" in error["message"]


@pytest.mark.parametrize("words", ["stop", "got"])
async def test_what_is_said_of_a_speech_that_has_ended_is_no_mistake(ada_cookie, words):
    async with browser(TTS, cookie=ada_cookie) as page:
        await page.say(words, id=3, bytes=5)
        await page.say("speak", id=1, speech=a_speech())
        await heard_all(page)
    assert page.of("error") == []


# --- who may ---


async def test_somebody_without_the_permission_is_told_whom_to_ask(ben_cookie):
    async with browser(TTS, cookie=ben_cookie) as page:
        assert await page.closed() == 4403
    (error,) = page.of("error")
    assert (error["code"], error["fatal"]) == ("speech.not_allowed", True)
    assert "Whoever runs this site can allow it" in error["message"]


async def test_a_stranger_is_told_to_sign_in():
    async with browser(TTS) as page:
        assert await page.closed() == 4401
    assert page.of("error")[0]["code"] == "room.not_signed_in"


async def test_a_page_of_another_site_is_refused(ada_cookie):
    async with browser(TTS, cookie=ada_cookie, origin="https://elsewhere.example") as page:
        assert await page.closed() == 4403


def permission_taken(user, cookie):
    user.user_permissions.clear()


def signed_out(user, cookie):
    sign_out(cookie)


@pytest.mark.parametrize(("change", "code"), [(permission_taken, 4403), (signed_out, 4401)])
async def test_who_may_not_go_on_is_shown_out_in_the_middle_of_a_word(
    ada, ada_cookie, speech, settings, change, code
):
    settings.RECHECK_INTERVAL_S = 0.05
    speech.configure(EMU_TTS_PACE=1)
    async with browser(TTS, cookie=ada_cookie) as page:
        await page.say("speak", id=1, speech=a_speech(LONG))
        await page.hear("format")
        await ask(change)(ada, ada_cookie)
        assert await page.closed() == code
        await nothing_speaks(speech)


async def test_a_speak_asks_anew_whether_one_may(ada, ada_cookie, settings):
    settings.RECHECK_INTERVAL_S = 3600
    async with browser(TTS, cookie=ada_cookie) as page:
        await page.say("speak", id=1, speech=a_speech())
        await heard_all(page)
        await ask(permission_taken)(ada, ada_cookie)
        await page.say("speak", id=2, speech=a_speech())
        error = await page.hear("error")
    assert (error["id"], error["code"]) == (2, "speech.not_allowed")


async def test_what_is_spoken_shows_in_the_figures(ada_cookie, speech):
    before = counts.spoken_characters["voxnexus"], counts.speeches["done"], counts.speeches["stopped"]
    speech.configure(EMU_TTS_PACE=1)
    async with browser(TTS, cookie=ada_cookie) as page:
        await page.say("speak", id=1, speech=a_speech(LONG))
        await page.hear("format")
        assert b'voxweb_speaking{provider="voxnexus"} 1.0' in exposition("")[0]
        await page.say("stop", id=1)
        await page.hear("stopped")
        speech.configure(EMU_TTS_PACE=0)
        await page.say("speak", id=2, speech=a_speech())
        await heard_all(page, 2)
    after = counts.spoken_characters["voxnexus"], counts.speeches["done"], counts.speeches["stopped"]
    assert [now - then for now, then in zip(after, before, strict=True)] == [len(LONG) + len(TEXT), 1, 1]


async def test_characters_are_counted_by_day_and_provider(ada, ada_cookie):
    async with browser(TTS, cookie=ada_cookie) as page:
        await page.say("speak", id=1, speech=a_speech())
        await heard_all(page)
    row = await Characters.objects.aget()
    assert (row.user_id, row.provider, row.characters) == (ada.pk, "voxnexus", len(TEXT))
    assert await ask(characters.in_all)() == len(TEXT)

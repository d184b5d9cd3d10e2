from __future__ import annotations

import asyncio
import json

import pytest
from asgiref.sync import sync_to_async

from captions.live import onair
from captions.models import Role, Segment, Session
from captions.services import rooms, sessions
from tests.captions.browsers import browser, host_of, send_all, viewer_of
from tests.speech import position_pcm, silence_pcm, speech_server, spoken

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("process")]

HOST = host_of("town-hall")
VIEWER = viewer_of("town-hall")
ask = sync_to_async


def texts(segments):
    return " ".join(segment["text"] for segment in segments)


@ask
def stored_text():
    return " ".join(Segment.objects.order_by("offset_ms").values_list("text", flat=True))


async def stopped(host):
    await host.say("stop")
    return await host.hear("stopped")


async def test_a_session_from_start_to_stop(speech, room, ada_cookie):
    audio, words = spoken(25)
    async with browser(HOST, cookie=ada_cookie) as host:
        await host.say("start", language="en-US")
        ready = await host.hear("ready")
        assert ready["samples"] == 0
        await send_all(host, audio)
        assert (await stopped(host)) == {"type": "stopped", "session": ready["session"], "segments": 3}
    assert await stored_text() == " ".join(words)
    finals = [message["segment"] for message in host.of("final")]
    assert texts(finals) == " ".join(words)
    assert [message["version"] for message in host.of("final")] == [1, 2, 3]
    session = await Session.objects.aget()
    assert session.is_over
    assert session.lease is None
    assert speech.open_connections == 0


async def test_a_start_whose_answer_was_lost_can_be_said_again(speech, room, ada_cookie):
    start = {"language": "en-US", "session": "6f0a3a2e-7a3f-4b52-9a4e-0d3a6a1f2c11", "new": True}
    async with browser(HOST, cookie=ada_cookie) as lost:
        await lost.say("start", **start)
        await lost.hear("ready")
    async with browser(HOST, cookie=ada_cookie) as host:
        await host.say("start", **start)
        ready = await host.hear("ready")
        assert (ready["session"], ready["samples"]) == (start["session"], 0)
        await send_all(host, position_pcm(0, 4))
        await stopped(host)
    assert await stored_text() == "w0 w1 w2 w3"


async def test_a_host_is_told_the_words_and_viewers_are_not(speech, room, ada_cookie):
    async with browser(VIEWER) as viewer, browser(HOST, cookie=ada_cookie) as host:
        await host.say("start")
        await host.hear("ready")
        await send_all(host, position_pcm(0, 4) + silence_pcm(800))
        told = (await host.hear("final"))["segment"]
        shown = (await viewer.hear("final"))["segment"]
        assert [word["word"] for word in told.pop("words")] == ["w0", "w1", "w2", "w3"]
        assert told == shown
        await stopped(host)


async def test_a_language_the_engine_lacks_is_refused_with_what_to_do(process, settings, room, ada_cookie):
    async with speech_server("pocketsphinx") as server:
        settings.VOXNEXUS_WS_URL = server.url
        async with browser(HOST, cookie=ada_cookie) as host:
            await host.say("start", language="de-DE")
            await host.hear("ready")
            error = await host.hear("error")
    assert (error["code"], error["fatal"]) == ("upstream.refused", True)
    assert "does not know this language. Choose another one" in error["message"]
    await onair.let_all_go()
    assert not await Session.objects.aexists(), "nothing was said, so no empty session is listed"


async def test_a_final_is_stored_before_it_is_shown(speech, room, ada_cookie):
    async with browser(VIEWER) as viewer, browser(HOST, cookie=ada_cookie) as host:
        await host.say("start")
        await host.hear("ready")
        await send_all(host, position_pcm(0, 4) + silence_pcm(800))
        shown = (await viewer.hear("final"))["segment"]
        assert await Segment.objects.filter(pk=shown["id"], text=shown["text"]).aexists()
        await stopped(host)


async def test_interims_are_shown_and_never_stored(speech, room, ada_cookie):
    async with browser(VIEWER) as viewer, browser(HOST, cookie=ada_cookie) as host:
        await host.say("start")
        await host.hear("ready")
        await send_all(host, position_pcm(0, 10))
        interim = await viewer.hear("interim")
        assert interim["text"].startswith("w0")
        assert not await Segment.objects.aexists()
        await stopped(host)
        final = await viewer.hear("final")
        assert (final["segment"]["session"], final["segment"]["utterance"]) == (
            interim["session"],
            interim["utterance"],
        )
    assert await Segment.objects.acount() == 1


async def test_heard_is_told_about_once_a_second_and_moves_on(speech, room, ada_cookie, settings):
    settings.HEARD_INTERVAL_S = 0.05
    async with browser(HOST, cookie=ada_cookie) as host:
        await host.say("start")
        await host.hear("ready")
        await send_all(host, position_pcm(0, 4) + silence_pcm(800))
        await host.hear("heard", lambda heard: heard["samples"] >= 4 * 200 * 16)
        await stopped(host)


async def test_what_is_heard_survives_this_worker(speech, room, ada_cookie, settings):
    settings.HEARD_INTERVAL_S = 0.05
    settings.QUIET_FLUSH_MS = 1000
    async with browser(HOST, cookie=ada_cookie) as host:
        await host.say("start")
        session = (await host.hear("ready"))["session"]
        await send_all(host, silence_pcm(3000))
        heard = await host.hear("heard", lambda heard: heard["samples"] > 0)
        # Another worker would go on from the database alone.
        row = await Session.objects.aget(pk=session)
        assert row.safe_samples >= heard["samples"]
        await stopped(host)


# --- who may ---


@pytest.mark.parametrize(
    ("who", "origin", "code", "close_code"),
    [
        ("nobody", "http://testserver", "room.not_signed_in", 4401),
        ("cleo", "http://testserver", "room.not_allowed", 4403),
        ("ada", "http://evil.example", "room.not_allowed", 4403),
        ("ada", None, "room.not_allowed", 4403),
        ("ada", "null", "room.not_allowed", 4403),
    ],
)
async def test_strangers_are_refused_by_name_and_nothing_is_opened_upstream(
    speech, room, ada_cookie, cleo_cookie, who, origin, code, close_code
):
    cookie = {"nobody": "", "ada": ada_cookie, "cleo": cleo_cookie}[who]
    async with browser(HOST, cookie=cookie, origin=origin) as host:
        await host.say("start", language="en-US")
        await host.send_audio(0, silence_pcm(100))
        assert await host.closed() == close_code
    assert [(error["code"], error["fatal"]) for error in host.of("error")] == [(code, True)]
    assert speech.log() == []
    assert not await Session.objects.aexists()


async def test_a_stranger_who_says_nothing_is_refused_as_well(speech, room, cleo_cookie):
    async with browser(HOST, cookie=cleo_cookie) as host:
        assert (await host.hear("error"))["code"] == "room.not_allowed"
        assert await host.closed() == 4403


async def test_a_member_with_the_host_role_may_host_and_a_viewer_may_not(
    speech, room, ben, ben_cookie, cleo, cleo_cookie
):
    await ask(rooms.add_member)(room, ben, Role.HOST)
    await ask(rooms.add_member)(room, cleo, Role.VIEWER)
    async with browser(HOST, cookie=ben_cookie) as host:
        await host.say("start")
        await host.hear("ready")
        await stopped(host)
    async with browser(HOST, cookie=cleo_cookie) as host:
        assert (await host.hear("error"))["code"] == "room.not_allowed"


async def test_a_room_that_is_not_there_is_refused_by_name(room, ada_cookie):
    async with browser(host_of("nowhere"), cookie=ada_cookie) as host:
        assert (await host.hear("error"))["code"] == "room.not_found"
        assert await host.closed() == 4404


async def test_a_closed_room_takes_no_host(speech, room, ada_cookie):
    await ask(rooms.close_room)(room)
    async with browser(HOST, cookie=ada_cookie) as host:
        await host.say("start")
        assert (await host.hear("error"))["code"] == "room.closed"
        assert await host.closed() == 4410
    assert speech.log() == []


# --- one host at a time ---


async def test_a_second_host_is_refused_by_name(speech, room, ben, ben_cookie, ada_cookie):
    await ask(rooms.add_member)(room, ben, Role.HOST)
    async with browser(HOST, cookie=ada_cookie) as first, browser(HOST, cookie=ben_cookie) as second:
        await first.say("start")
        ready = await first.hear("ready")
        await second.say("start")
        error = await second.hear("error")
        assert (error["code"], error["session"]) == ("room.host_taken", ready["session"])
        assert await second.closed() == 4409
        await stopped(first)


async def test_taking_over_is_said_and_what_was_spoken_before_is_kept(
    speech, room, ben, ben_cookie, ada_cookie
):
    await ask(rooms.add_member)(room, ben, Role.HOST)
    async with browser(HOST, cookie=ada_cookie) as first, browser(HOST, cookie=ben_cookie) as second:
        await first.say("start")
        before = (await first.hear("ready"))["session"]
        await send_all(first, position_pcm(0, 6))
        await first.hear("interim")
        await second.say("start", take_over=True)
        ready = await second.hear("ready")
        assert ready["session"] != before
        assert ready["samples"] == 0
        assert await first.closed() == 4408
        assert first.of("error")[-1]["code"] == "room.superseded"
        await send_all(second, position_pcm(100, 3))
        await stopped(second)
        async with asyncio.timeout(10):
            await asyncio.gather(*(air.ended() for air in list(onair._airs.values())))
    assert await ask(list)(
        Segment.objects.order_by("session__started_at").values_list("session_id", "text")
    ) == [
        ((await Session.objects.order_by("started_at").afirst()).pk, "w0 w1 w2 w3 w4 w5"),
        ((await Session.objects.order_by("started_at").alast()).pk, "w100 w101 w102"),
    ]


async def test_the_same_account_goes_on_in_a_second_tab_without_taking_over(speech, room, ada_cookie):
    audio, words = spoken(20)
    half = len(audio) // 2 // 3200 * 3200
    async with browser(HOST, cookie=ada_cookie) as first, browser(HOST, cookie=ada_cookie) as second:
        await first.say("start")
        session = (await first.hear("ready"))["session"]
        sent = await send_all(first, audio[:half])
        await first.hear("final")
        await second.say("start", session=session)
        ready = await second.hear("ready")
        trace = ready.pop("trace")
        assert ready == {"type": "ready", "session": session, "samples": sent}
        assert trace not in {"", first.of("ready")[0]["trace"]}
        assert await first.closed() == 4408
        assert first.of("error")[-1]["code"] == "room.superseded"
        await send_all(second, audio[half:], first_sample=sent)
        await stopped(second)
    assert await stored_text() == " ".join(words)
    assert len(speech.log()) == 1, "the upstream saw nothing of it"


# --- drops ---


async def test_a_host_whose_line_broke_goes_on_where_it_was(speech, room, ada_cookie):
    audio, words = spoken(20)
    half = len(audio) // 2 // 3200 * 3200
    async with browser(HOST, cookie=ada_cookie) as host:
        await host.say("start")
        session = (await host.hear("ready"))["session"]
        sent = await send_all(host, audio[:half])
        await host.hear("final")
    async with browser(HOST, cookie=ada_cookie) as host:
        await host.say("start", session=session)
        assert (await host.hear("ready"))["samples"] == sent
        # Replays are normal: a host may send from what was heard.
        await send_all(host, audio[6400:], first_sample=3200)
        await stopped(host)
    assert await stored_text() == " ".join(words)
    assert await Segment.objects.filter(kind="gap").acount() == 0


async def test_a_host_that_does_not_come_back_is_taken_off_the_air_with_its_tail(
    speech, room, ada_cookie, settings
):
    settings.HOST_GRACE_S = 0.1
    async with browser(VIEWER) as viewer:
        async with browser(HOST, cookie=ada_cookie) as host:
            await host.say("start")
            await host.hear("ready")
            await send_all(host, position_pcm(0, 5))
            await host.hear("interim")
        final = await viewer.hear("final")
        assert final["segment"]["text"] == "w0 w1 w2 w3 w4"
        await viewer.hear("status", lambda status: not status["live"])
    assert (await Session.objects.aget()).is_over


async def test_a_session_that_is_over_is_refused_by_name(speech, room, ada_cookie):
    async with browser(HOST, cookie=ada_cookie) as host:
        await host.say("start")
        session = (await host.hear("ready"))["session"]
        await stopped(host)
        await host.say("start", session=session)
        assert (await host.hear("error"))["code"] == "session.over"
        assert await host.closed() == 4410


async def test_a_session_that_nobody_knows_is_refused_by_name(speech, room, ada, ada_cookie):
    other = await ask(rooms.create_room)(owner=ada, title="Other", slug="other")
    claim = await ask(sessions.claim)(room_slug=other.slug, user=ada)
    for session in ("nonsense", "00000000-0000-0000-0000-000000000000", str(claim.session_id)):
        async with browser(HOST, cookie=ada_cookie) as host:
            await host.say("start", session=session)
            assert (await host.hear("error"))["code"] == "session.unknown"
            assert await host.closed() == 4404
    assert speech.log() == []


async def test_a_host_starts_again_after_stopping(speech, room, ada_cookie):
    async with browser(HOST, cookie=ada_cookie) as host:
        for _ in range(2):
            await host.say("start")
            await host.hear("ready")
            await send_all(host, position_pcm(0, 3))
            await stopped(host)
    assert await Session.objects.acount() == 2


# --- bad input ---


BAD_AUDIO = {
    "nothing": b"",
    "half an index": b"\0\0",
    "an index and no audio": bytes(4),
    "an odd byte": bytes(4 + 321),
    "more than a second": bytes(4 + 32_002),
    "a megabyte": bytes(1_000_000),
}


@pytest.mark.parametrize("data", BAD_AUDIO.values(), ids=BAD_AUDIO)
async def test_a_spoilt_chunk_gets_an_error_and_the_session_goes_on(speech, room, ada_cookie, data):
    async with browser(HOST, cookie=ada_cookie) as host:
        await host.say("start")
        await host.hear("ready")
        sent = await send_all(host, position_pcm(0, 2))
        await host.line.send_input({"type": "websocket.receive", "bytes": data})
        error = await host.hear("error")
        assert (error["code"], error["fatal"], error["samples"]) == ("audio.bad_chunk", False, sent)
        await send_all(host, position_pcm(2, 2), first_sample=sent)
        await stopped(host)
    assert await stored_text() == "w0 w1 w2 w3"


BAD_TEXT = {
    "no JSON": "hello",
    "no object": "[1]",
    "no type": "{}",
    "unknown type": '{"type":"dance"}',
    "too long": json.dumps({"type": "stop", "why": "x" * 20_000}),
    "nested": "[" * 10_000,
}


@pytest.mark.parametrize("text", BAD_TEXT.values(), ids=BAD_TEXT)
async def test_a_message_that_is_none_gets_an_error_and_the_session_goes_on(speech, room, ada_cookie, text):
    async with browser(HOST, cookie=ada_cookie) as host:
        await host.say("start")
        await host.hear("ready")
        sent = await send_all(host, position_pcm(0, 2))
        await host.say_raw(text)
        error = await host.hear("error")
        assert (error["code"], error["fatal"]) == ("message.bad", False)
        await send_all(host, position_pcm(2, 2), first_sample=sent)
        await stopped(host)
    assert await stored_text() == "w0 w1 w2 w3"


async def test_audio_before_start_and_stop_before_start_are_errors_that_end_nothing(speech, room, ada_cookie):
    async with browser(HOST, cookie=ada_cookie) as host:
        await host.say("stop")
        assert (await host.hear("error"))["code"] == "message.bad"
        await host.send_audio(0, silence_pcm(100))
        assert "Say start first" in (await host.hear("error"))["message"]
        await host.say("start")
        await host.hear("ready")
        await host.say("start")
        assert "already" in (await host.hear("error"))["message"]
        await stopped(host)


async def test_an_index_that_rewinds_or_overlaps_says_nothing_twice(speech, room, ada_cookie):
    audio = position_pcm(0, 8)
    async with browser(HOST, cookie=ada_cookie) as host:
        await host.say("start")
        await host.hear("ready")
        await send_all(host, audio[:19_200])
        await send_all(host, audio[:19_200])
        await send_all(host, audio[12_800:], first_sample=6_400, chunk_ms=170)
        await stopped(host)
    assert await stored_text() == "w0 w1 w2 w3 w4 w5 w6 w7"
    assert not host.of("error")


async def test_an_index_that_jumps_leaves_a_gap_that_says_so(speech, room, ada_cookie):
    async with browser(HOST, cookie=ada_cookie) as host:
        await host.say("start")
        await host.hear("ready")
        sent = await send_all(host, position_pcm(0, 4))
        await send_all(host, position_pcm(50, 4), first_sample=sent + 48_000)
        await stopped(host)
    rows = await ask(list)(Segment.objects.order_by("offset_ms").values_list("kind", "offset_ms", "text"))
    assert rows == [
        ("speech", 0, "w0 w1 w2 w3"),
        ("gap", 800, ""),
        ("speech", 3800, "w50 w51 w52 w53"),
    ]


async def test_audio_much_faster_than_real_time_is_refused_and_nothing_is_lost_of_it(
    speech, room, ada_cookie, settings
):
    settings.AUDIO_BURST_MS = 3000
    settings.AUDIO_RATE_LIMIT = 20.0
    audio, words = spoken(40)
    async with browser(HOST, cookie=ada_cookie) as host:
        await host.say("start")
        await host.hear("ready")
        at, all_samples, refusals = 0, len(audio) // 2, 0
        async with asyncio.timeout(20):
            while at < all_samples:
                # All at once; what comes behind a refused chunk is ignored until the host went back.
                await send_all(host, audio[2 * at :], first_sample=at)
                await host.say("since", version=0)
                await host.hear("changes")
                refused = [error for error in host.of("error") if error["code"] == "audio.too_fast"]
                at = refused[-1]["samples"] if len(refused) > refusals else all_samples
                refusals = len(refused)
        await stopped(host)
    assert refusals >= 2
    assert not any(error["fatal"] for error in host.of("error"))
    assert await stored_text() == " ".join(words)
    assert await Segment.objects.filter(kind="gap").acount() == 0


async def test_a_hurry_never_pushes_out_audio_that_was_not_heard_yet(speech, room, ada_cookie, settings):
    settings.RING_MS = 5000
    settings.STT_OPEN_TIMEOUT_S = 0.2
    speech.configure(no_ready=True)
    async with browser(HOST, cookie=ada_cookie) as host:
        await host.say("start")
        await host.hear("ready")
        await send_all(host, silence_pcm(8000))
        error = await host.hear("error", lambda error: error["code"] == "audio.too_fast")
        assert error["samples"] <= 5000 * 16
        speech.configure(no_ready=False)
        await stopped(host)


# --- the upstream says no ---


async def test_a_language_that_is_none_is_an_error_and_another_one_may_be_tried(speech, room, ada_cookie):
    async with browser(HOST, cookie=ada_cookie) as host:
        await host.say("start", language="qq-QQ-zz-zzzz")
        error = await host.hear("error")
        assert (error["code"], error["fatal"]) == ("field.bad", False)
        assert speech.log() == []
        await host.say("start", language="en-US")
        await host.hear("ready")
        await stopped(host)


async def test_what_the_upstream_refuses_for_good_is_told_and_leaves_no_session(speech, room, ada_cookie):
    speech.configure(refuse_status=400)
    async with browser(VIEWER) as viewer, browser(HOST, cookie=ada_cookie) as host:
        await host.say("start", language="de-DE")
        assert await host.closed() == 4502
        error = host.of("error")[-1]
        assert (error["code"], error["fatal"]) == ("upstream.refused", True)
        assert error["message"]
        await viewer.hear("status", lambda status: not status["live"])
    assert not await Session.objects.aexists()


async def test_an_upstream_that_is_away_is_said_and_waited_for(speech, room, ada_cookie):
    speech.configure(refuse_status=503)
    async with browser(VIEWER) as viewer, browser(HOST, cookie=ada_cookie) as host:
        await host.say("start")
        await host.hear("ready")
        await send_all(host, position_pcm(0, 5))
        assert (await viewer.hear("status", lambda status: status["upstream"] == "lost"))["live"]
        assert (await host.hear("error"))["fatal"] is False
        speech.configure(refuse_status=0)
        await viewer.hear("status", lambda status: status["upstream"] == "live")
        await stopped(host)
    assert await stored_text() == "w0 w1 w2 w3 w4"

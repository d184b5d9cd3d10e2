"""The playground over HTTP: its page, what that asks for, and speech for scripts."""

from __future__ import annotations

import asyncio
import json
import struct

import pytest
from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.core.asgi import get_asgi_application
from django.test import AsyncClient

from captions.live import samples, speaking, voices
from captions.live.turns import turns
from captions.models import Characters, Try
from tests.captions.browsers import cookie_of
from tests.captions.daphne import daphne
from tests.captions.speakers import LONG, TEXT, VOICE, a_speech, allow
from tests.captions.speechserver.processes import until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("speech")]

ask = sync_to_async
SPEAK = "/playground/speak"


@pytest.fixture(autouse=True)
async def nothing_is_left(process):
    voices.forget()
    samples.forget()
    yield
    assert not speaking._under_way
    assert not turns.by_account


def client_of(user):
    client = AsyncClient()
    name, _, key = cookie_of(user).partition("=")
    client.cookies[name] = key
    return client


@pytest.fixture
def as_ada(ada):
    return client_of(allow(ada))


@pytest.fixture
def as_ben(ben):
    return client_of(ben)


@ask
def spent():
    return sum(Characters.objects.values_list("characters", flat=True))


async def post(client, path, body):
    text = body if isinstance(body, str) else json.dumps(body)
    return await client.post(path, text, content_type="application/json")


async def sound_of(response):
    return b"".join([chunk async for chunk in response.streaming_content])


def said(response):
    return json.loads(response.content)


# --- the page ---


async def test_the_page_is_for_who_is_signed_in(as_ada, speech):
    assert (await as_ada.get("/playground/")).status_code == 200
    answer = await AsyncClient().get("/playground/")
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=/playground/")


async def test_without_the_permission_the_page_says_whom_to_ask(as_ben):
    answer = await as_ben.get("/playground/")
    assert answer.context["may_speak"] is False
    assert answer.context["permission_note"] in answer.content.decode()


# --- what there is ---


async def test_providers_come_with_their_settings_and_say_where_they_speak(as_ben):
    body = said(await as_ben.get("/playground/providers.json"))
    voxnexus = body["providers"][0]
    assert (voxnexus["name"], voxnexus["is_local"]) == ("voxnexus", True)
    assert voxnexus["note"] == "VoxNexus, emulated on this machine"
    assert {"name", "kind", "low", "high", "default"} <= set(voxnexus["options"][0])
    assert (body["longest_text"], body["left"]) == (100_000, {"user": None, "site": None})


async def test_a_provider_with_a_key_has_no_note(as_ben, settings):
    from captions.upstream.secret import Secret

    settings.VOXNEXUS_API_KEY = Secret("a key of the site")
    answer = await as_ben.get("/playground/providers.json")
    assert (said(answer)["providers"][0]["is_local"], said(answer)["providers"][0]["note"]) == (False, "")
    assert "a key of the site" not in answer.content.decode()


async def test_voices_are_asked_of_the_provider_once_for_all_who_want_them(as_ada, speech):
    answers = await asyncio.gather(*(as_ada.get("/playground/voices.json?provider=voxnexus") for _ in "1234"))
    assert VOICE in {voice["id"] for voice in said(answers[0])["voices"]}
    assert len({answer.content for answer in answers}) == 1


async def test_an_old_list_of_voices_is_better_than_none(as_ada, speech, settings):
    settings.TTS_VOICES_FRESH_S = 0.0
    before = await as_ada.get("/playground/voices.json?provider=voxnexus")
    speech.configure(refuse_status=503)
    after = await as_ada.get("/playground/voices.json?provider=voxnexus")
    assert (after.status_code, after.content) == (200, before.content)


async def test_a_provider_that_is_away_is_an_error_in_words(as_ada, settings):
    settings.VOXNEXUS_HTTP_URL = "http://127.0.0.1:9"
    answer = await as_ada.get("/playground/voices.json?provider=voxnexus")
    assert (answer.status_code, said(answer)["code"]) == (502, "voice.lost")
    assert said(answer)["values"] == {"service": "VoxNexus"}


async def test_an_unknown_provider_is_refused_by_its_field(as_ada):
    answer = await as_ada.get("/playground/voices.json?provider=nobody")
    assert (answer.status_code, said(answer)["field"]) == (422, "provider")


@pytest.mark.parametrize("path", ["voices.json?provider=voxnexus", f"sample/voxnexus/{VOICE}.wav"])
async def test_what_asks_a_provider_needs_the_permission(as_ben, path):
    answer = await as_ben.get(f"/playground/{path}")
    assert (answer.status_code, said(answer)["code"]) == (403, "speech.not_allowed")
    answer = await AsyncClient().get(f"/playground/{path}")
    assert (answer.status_code, said(answer)["code"]) == (401, "room.not_signed_in")


async def test_a_sample_is_made_once_and_counted_once(as_ada, ada):
    path = f"/playground/sample/voxnexus/{VOICE}.wav?language=en-US"
    answers = await asyncio.gather(*(as_ada.get(path) for _ in "123"))
    assert [answer["Content-Type"] for answer in answers] == ["audio/wav"] * 3
    assert len({answer.content for answer in answers}) == 1
    data = answers[0].content
    assert (data[:4], struct.unpack("<I", data[40:44])[0]) == (b"RIFF", len(data) - 44)
    assert await spent() == len("Hello! This is how I sound.")
    assert not await Try.objects.aexists()


async def test_a_sample_speaks_the_language_that_is_asked_for(as_ada):
    await as_ada.get(f"/playground/sample/voxnexus/{VOICE}.wav?language=zh-CN")
    assert await spent() == len("你好！这就是我的声音。")


async def test_a_sample_of_no_voice_is_refused(as_ada):
    answer = await as_ada.get("/playground/sample/voxnexus/vl-nobody.wav")
    assert (answer.status_code, said(answer)["field"]) == (422, "voice")


# --- checking, and code to take home ---


async def test_a_check_says_what_would_be_spoken_and_spends_nothing(as_ada):
    body = said(await post(as_ada, "/playground/check", a_speech(LONG)))
    assert (body["ok"], body["characters"], body["pieces"] > 1) == (True, len(LONG), True)
    assert body["speech"]["options"]["speed"] == 1
    assert await spent() == 0


async def test_a_check_names_the_field_and_the_range(as_ada):
    answer = await post(as_ada, "/playground/check", a_speech(options={"speed": 9}))
    assert (answer.status_code, said(answer)["field"]) == (422, "speed")
    assert "0.5" in said(answer)["message"]


async def test_recipes_hold_the_vendors_address_and_no_key(as_ada, speech):
    answer = await post(as_ada, "/playground/recipes", a_speech(transport="rest"))
    assert {"curl", "python", "javascript"} <= set(said(answer))
    assert "https://api.voxnexus.ai/v1/tts" in said(answer)["curl"]
    assert "emu-key" not in answer.content.decode()
    assert speech.http_url not in answer.content.decode()


# --- speech for scripts ---


async def test_a_text_comes_back_as_a_wav_file_while_it_is_made(as_ada):
    answer = await post(as_ada, SPEAK, a_speech())
    assert (answer.status_code, answer["Content-Type"]) == (200, "audio/wav")
    data = await sound_of(answer)
    assert (data[:4], data[40:44]) == (b"RIFF", b"\xff\xff\xff\xff")
    kept = await Try.objects.aget()
    assert (answer["X-Try"], kept.ended) == (str(kept.pk), "done")
    assert len(data) - 44 == kept.timing["bytes"]


async def test_raw_pcm_says_its_rate_in_its_type(as_ada):
    speech = a_speech(options={"sample_rate_hz": 16000})
    answer = await post(as_ada, f"{SPEAK}?format=raw&keep=0", speech)
    assert answer["Content-Type"] == "audio/pcm; rate=16000; channels=1"
    assert not (await sound_of(answer)).startswith(b"RIFF")
    assert "X-Try" not in answer
    assert not await Try.objects.aexists()


async def test_a_refusal_before_the_first_sound_is_json_with_its_status(as_ada, speech):
    speech.configure(EMU_TTS_REFUSE_STATUS=401)
    answer = await post(as_ada, SPEAK, a_speech())
    assert (answer.status_code, said(answer)["code"]) == (502, "voice.refused")
    assert "VOXNEXUS_API_KEY" in said(answer)["message"]


async def test_what_breaks_off_ends_and_the_try_says_why(as_ada, speech):
    speech.configure(EMU_TTS_DROP_AFTER_MS=500)
    answer = await post(as_ada, SPEAK, a_speech())
    data = await sound_of(answer)
    kept = await Try.objects.aget(pk=answer["X-Try"])
    assert (len(data) > 44, kept.ended) == (True, "voice.lost")


async def test_a_day_that_is_used_up_is_429_and_says_what_is_left(as_ada, settings):
    settings.CHARACTERS_IN_ALL = 20
    answer = await post(as_ada, SPEAK, a_speech())
    assert (answer.status_code, said(answer)["code"]) == (429, "speech.used_up")
    assert said(answer)["values"] == {"characters": len(TEXT), "left": 20, "most": 20, "time": "00:00 UTC"}
    assert "limit of the whole site" in said(answer)["message"]


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        (a_speech("x" * 1_000_000), 422, "1000000 characters; at most 100000"),
        (a_speech("x" * 1_100_000), 422, "100000 characters at most"),
        ("no JSON", 400, "JSON object"),
        ("[]", 400, "JSON object"),
        ("[" * 100_000, 400, "JSON object"),
        (a_speech(text=5), 422, "cannot be used"),
    ],
)
async def test_a_body_that_cannot_be_spoken_is_refused_in_words(as_ada, body, status, says):
    answer = await post(as_ada, SPEAK, body)
    assert answer.status_code == status
    assert says in said(answer)["message"]


@pytest.mark.parametrize("path", ["speak", "check", "recipes"])
async def test_posts_need_the_permission(as_ben, path):
    answer = await post(as_ben, f"/playground/{path}", a_speech())
    assert (answer.status_code, said(answer)["code"]) == (403, "speech.not_allowed")


async def test_a_post_of_another_site_is_refused(ada):
    client = AsyncClient(enforce_csrf_checks=True)
    name, _, key = (await ask(cookie_of)(await ask(allow)(ada))).partition("=")
    client.cookies[name] = key
    assert (await post(client, SPEAK, a_speech())).status_code == 403


async def test_a_client_that_goes_away_stops_the_provider(ada, speech):
    speech.configure(EMU_TTS_PACE=1)
    cookie = await ask(cookie_of)(await ask(allow)(ada))
    line = ApplicationCommunicator(
        get_asgi_application(),
        {
            "type": "http",
            "method": "POST",
            "path": SPEAK,
            "query_string": b"",
            "headers": [
                (b"host", b"testserver"),
                (b"cookie", f"{cookie}; csrftoken={'x' * 32}".encode()),
                (b"x-csrftoken", b"x" * 32),
                (b"content-type", b"application/json"),
            ],
        },
    )
    await line.send_input({"type": "http.request", "body": json.dumps(a_speech(LONG)).encode()})
    start = await line.receive_output(10)
    assert start["status"] == 200
    await line.receive_output(10)
    await line.send_input({"type": "http.disconnect"})
    await line.wait(10)
    await until(lambda: speech.server.speaker.speaking == 0)
    assert not speaking._under_way
    assert (await Try.objects.aget()).ended == "stopped"


async def test_a_long_text_gets_through_a_real_server_and_a_longer_one_is_refused_in_words(ada, speech):
    cookie = await ask(cookie_of)(await ask(allow)(ada))
    async with (
        daphne(VOXNEXUS_WS_URL=speech.url, VOXNEXUS_HTTP_URL=speech.http_url) as site,
        site.socket("/ws/tts/", cookie=cookie) as page,
    ):
        await page.say("speak", id=1, speech=a_speech("x" * 1_000_000))
        error = await page.hear("error")
        assert "at most 100000 can be spoken" in error["message"]
        await page.say("speak", id=2, speech=a_speech("x" * 1_100_000))
        await page.closed()
        assert (page.line.close_code, page.line.close_reason) == (1009, "A message may have 1048576 bytes.")

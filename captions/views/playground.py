"""The playground: a page where text is spoken, what it asks of us, and the same for scripts."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST, require_safe
from django_permissions_policy.decorators import permissions_policy_override

from captions import database
from captions.conf import conf
from captions.errors import SpeechNotAllowed
from captions.i18n import said
from captions.live.samples import sample_of
from captions.live.speaking import Order, Speaking
from captions.live.tap import Tap
from captions.live.tts_messages import speech_of
from captions.live.voices import check as checked
from captions.live.voices import voices_of
from captions.live.whole import WAV
from captions.services import characters, speakers
from captions.services.speakers import Speaker
from captions.tts import wav
from captions.tts.events import PCM, Format
from captions.tts.pieces import pieces_of
from captions.tts.provider import Provider
from captions.tts.providers import PROVIDERS
from captions.tts.recipes import recipes as recipes_for
from captions.views.answers import answered, as_json, awaited, body_of
from captions.views.callers import caller
from captions.views.problems import explained
from captions.views.rooms import signed_in

SAMPLE_FRESH_S = 24 * 60 * 60


@require_safe
@explained
@permissions_policy_override(conf.playground_permissions)
def page(request: HttpRequest) -> HttpResponse:
    """Where text is spoken; without the permission it says whom to ask."""
    user = signed_in(request)
    may_speak = speakers.may_speak(user)
    context = {
        "may_speak": may_speak,
        "permission_note": "" if may_speak else said(SpeechNotAllowed()),
        "nav": "playground",
    }
    return render(request, "captions/playground.html", context)


@require_GET
@answered
def providers(request: HttpRequest) -> HttpResponse:
    """Who speaks here, with every setting; and what may still be spoken today."""
    user = signed_in(request)
    standing = characters.standing(user_id=user.pk, quota=conf.characters)
    return as_json(
        {
            "providers": [_shown(provider) for provider in PROVIDERS.values()],
            "longest_text": conf.tts_text_characters,
            "left": {"user": standing.user_left, "site": standing.site_left},
            "resets_at": standing.resets_at.isoformat(),
        }
    )


def _shown(provider: Provider) -> dict[str, Any]:
    note = conf.voice_service_note(provider.name)
    return {
        **provider.as_json(),
        "longest_characters": provider.longest_characters,
        "is_local": conf.voice_service(provider.name).is_local,
        "note": _(note) % {"service": provider.label} if note else "",
    }


@require_GET
@awaited
async def voices(request: HttpRequest) -> HttpResponseBase:
    """The voices of ``?provider=``."""
    await _speaker(request)
    found = await voices_of(request.GET.get("provider", ""))
    return as_json({"voices": [voice.as_json() for voice in found]})


@require_GET
@awaited
async def sample(request: HttpRequest, provider: str, voice: str) -> HttpResponseBase:
    """A short sentence of a voice, in ``?language=``."""
    speaker = await _speaker(request)
    language = request.GET.get("language", "")
    found = await sample_of(provider=provider, voice_id=voice, language=language, speaker=speaker)
    response = HttpResponse(found.data, content_type=found.media_type)
    response["Cache-Control"] = f"private, max-age={SAMPLE_FRESH_S}"
    return response


@require_POST
@awaited
async def check(request: HttpRequest) -> HttpResponseBase:
    """Whether a speech could be had, without having it."""
    await _speaker(request)
    speech = await checked(speech_of(body_of(request)))
    pieces = pieces_of(speech)
    body = {"ok": True, "characters": len(speech.text), "pieces": len(pieces), "speech": speech.as_json()}
    return as_json(body)


@require_POST
@awaited
async def recipes(request: HttpRequest) -> HttpResponseBase:
    """A speech as programs that work when pasted, with a key of one's own."""
    await _speaker(request)
    speech = await checked(speech_of(body_of(request)))
    ws_url, http_url = conf.vendor_urls(speech.provider)
    return as_json(recipes_for(speech, ws_url=ws_url, http_url=http_url))


@require_POST
@awaited
async def speak(request: HttpRequest) -> HttpResponseBase:
    """The sound of a speech, while it is made. ``?format=raw``: PCM without a header; ``?keep=0``: no try.

    What goes wrong before the first sound is told as JSON; afterwards the answer ends, and the try says why.
    """
    order = Order(
        speech=speech_of(body_of(request)),
        speaker=await _speaker(request),
        keep=request.GET.get("keep") != "0",
        keep_audio=request.GET.get("keep_audio") == "1",
    )
    tap = Tap()
    speaking = Speaking(order, tap, check=checked)
    speaking.start()
    try:
        format_ = await tap.begun()
    except BaseException:
        speaking.stop()  # also where who asked is gone
        raise
    is_raw = request.GET.get("format") == "raw"
    sound = _stream(speaking, tap, is_raw=is_raw)
    response = StreamingHttpResponse(sound, content_type=_type(format_, is_raw=is_raw))
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"  # nginx would hold sound back until a buffer is full
    if order.keep:
        response["X-Try"] = str(speaking.try_id)
    return response


def _type(format_: Format, *, is_raw: bool) -> str:
    if format_.media_type != PCM:
        return format_.media_type
    return f"{PCM}; rate={format_.rate_hz}; channels={format_.channels}" if is_raw else WAV


async def _stream(speaking: Speaking, tap: Tap, *, is_raw: bool) -> AsyncGenerator[bytes, None]:
    try:
        format_ = await tap.begun()
        if format_.media_type == PCM and not is_raw:
            yield wav.header(format_.rate_hz)
        async for chunk in tap.chunks():
            yield chunk
    finally:
        speaking.stop()
        await speaking.settled()


async def _speaker(request: HttpRequest) -> Speaker:
    # Not by ``auser``: its connection to the database would stay open for as long as the stream.
    return await database.read(_speaker_of, request)


def _speaker_of(request: HttpRequest) -> Speaker:
    return speakers.speaker(caller=caller(request))

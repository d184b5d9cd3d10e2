"""Captions read out: an owner says by whom, readers ask for one after the other."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

from asgiref.sync import async_to_sync
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from captions.errors import BadField, BadMessage, CaptionError, SpeechNotAllowed
from captions.forms import ListeningForm
from captions.i18n import said
from captions.live.listening import reading_of
from captions.live.voices import LOOK_UP_S, voices_of
from captions.models import Room
from captions.services import listening, speakers
from captions.services.listening import Voice
from captions.tts.providers import PROVIDERS
from captions.views.answers import awaited
from captions.views.feed import enter
from captions.views.problems import explained
from captions.views.rooms import managed

VOICES_SHOWN = 30
"""Of one provider."""
MANY = "multi"
"""How the language of a voice of many begins (voice-API contract, 5.3)."""
KEPT_S = 600


@require_http_methods(["GET", "HEAD", "POST"])
@explained
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """By whom a room's captions are read out, and what that has cost, for its owner."""
    room = managed(request, slug)
    may_speak = speakers.may_speak(room.owner)
    now = listening.of_room(room)
    known = _known(room, listening.voices_of(now)) if may_speak else {}
    initial = {
        "is_on": now.is_on,
        "voices": [_key(voice) for voice in listening.voices_of(now)],
        "characters_per_day": now.characters_per_day,
    }
    form = ListeningForm(request.POST or None, initial=initial, known=_choices(known))
    if request.method == "POST":
        if not may_speak:
            raise SpeechNotAllowed
        if form.is_valid() and _saved(room, form, known):
            messages.success(request, _("What readers may listen to is saved."))
            return redirect("room-listening", room.slug)
    context = {
        "room": room,
        "form": form,
        "may_speak": may_speak,
        "note": "" if may_speak else said(SpeechNotAllowed()),
        "cost": listening.cost(room),
        "nav": "rooms",
    }
    return render(request, "captions/listening.html", context, status=422 if form.errors else 200)


@require_GET
@awaited
async def reading(request: HttpRequest, slug: str, segment_id: UUID) -> HttpResponseBase:
    """A final by the voice of ``?voice=`` (from 0) as a file, made once for all who ask."""
    room, _held = await enter(request, slug)
    number = request.GET.get("voice", "0")
    if not (number.isascii() and number.isdigit() and len(number) < 3):
        raise BadMessage('"voice" is the number of one of the voices that are offered, from 0.')
    made = await reading_of(room, segment_id, int(number))
    response = HttpResponse(made.data, content_type=made.media_type)
    response["Cache-Control"] = f"private, max-age={KEPT_S}"
    return response


def _saved(room: Room, form: ListeningForm, known: dict[str, Voice]) -> bool:
    data: dict[str, Any] = form.cleaned_data
    voices = [known[key] for key in data["voices"]]
    try:
        listening.change(
            room,
            is_on=data["is_on"],
            voices=voices,
            characters_per_day=data["characters_per_day"],
        )
    except BadField as exc:
        form.add_error(exc.field, said(exc))
        return False
    return True


def _known(room: Room, chosen: tuple[Voice, ...]) -> dict[str, Voice]:
    """Voices of every provider that speak the room's language, and those that were chosen already."""
    found = {_key(voice): voice for voice in chosen}
    for voice in async_to_sync(_of_all)(room.language):
        found.setdefault(_key(voice), voice)
    return found


async def _of_all(language: str) -> list[Voice]:
    listed = await asyncio.gather(*(_of_one(provider, language) for provider in PROVIDERS))
    return [voice for voices in listed for voice in voices]


async def _of_one(provider: str, language: str) -> list[Voice]:
    """A provider that does not answer soon has none."""
    try:
        async with asyncio.timeout(LOOK_UP_S):
            found = await voices_of(provider)
    except (CaptionError, TimeoutError):
        return []
    own = [each for each in found if each.locales and _primary(each.locales[0]) in (_primary(language), MANY)]
    able = own or [each for each in found if _primary(language) in map(_primary, each.locales)]
    label = PROVIDERS[provider].label
    return [
        Voice(provider, each.id, f"{each.name} · {label}", _spoken(each.locales, language))
        for each in able[:VOICES_SHOWN]
    ]


def _spoken(locales: tuple[str, ...], language: str) -> str:
    """What of a voice's languages is nearest to a room's."""
    near = [tag for tag in locales if _primary(tag) == _primary(language)]
    return language if language in locales else next(iter(near), locales[0])


def _primary(tag: str) -> str:
    return tag.split("-")[0].lower()


def _choices(known: dict[str, Voice]) -> list[tuple[str, str]]:
    return [(key, voice.name) for key, voice in known.items()]


def _key(voice: Voice) -> str:
    return f"{voice.provider}:{voice.id}"

"""What was spoken on the playground: for its owner, and for whom the owner gave the link."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET, require_POST

from captions.errors import BadField, BadMessage
from captions.live.whole import WAV
from captions.models import Try
from captions.services import tries, votes
from captions.tts import wav
from captions.tts.events import PCM
from captions.views.answers import answered, as_json, body_of
from captions.views.rooms import signed_in
from captions.words import gettext_noop as _


@require_GET
@answered
def listed(request: HttpRequest) -> HttpResponse:
    """One's own tries, newest first; ``?before=<id>`` goes on behind one of them."""
    user = signed_in(request)
    before = request.GET.get("before")
    found, more = tries.tries_of(owner=user, before=_uuid(before) if before else None)
    return as_json({"tries": [_shown(each, user) for each in found], "more": more})


@require_GET
@answered
def one(request: HttpRequest, try_id: UUID) -> HttpResponse:
    """A try of one's own, or a shared one. Showing it spends nothing."""
    user = signed_in(request)
    return as_json(_shown(tries.find(try_id=try_id, reader=user), user))


@require_GET
@answered
def audio(request: HttpRequest, try_id: UUID) -> HttpResponse:
    """What a try sounded like, as a file."""
    sound = tries.audio_of(try_id=try_id, reader=signed_in(request))
    data, media_type = sound.data, sound.media_type
    if media_type == PCM:
        data, media_type = wav.header(sound.rate_hz, data_bytes=len(data)) + data, WAV
    response = HttpResponse(data, content_type=media_type)
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_POST
@answered
def rename(request: HttpRequest, try_id: UUID) -> HttpResponse:
    """Give a try a ``name``, or none."""
    user = signed_in(request)
    return as_json(_shown(tries.rename(try_id=try_id, owner=user, name=request.POST.get("name", "")), user))


@require_POST
@answered
def share(request: HttpRequest, try_id: UUID) -> HttpResponse:
    """Let whoever has the link see it (``on=1``), with ``audio=1`` also hear it, or nobody (``on=0``)."""
    user = signed_in(request)
    on = request.POST.get("on")
    if on not in {"0", "1"}:
        raise BadField("on", _("Say on=1 to share this try, or on=0 to share it no more."))
    with_audio = request.POST.get("audio") == "1"
    return as_json(_shown(tries.share(try_id=try_id, owner=user, on=on == "1", with_audio=with_audio), user))


@require_POST
@answered
def delete(request: HttpRequest, try_id: UUID) -> HttpResponse:
    """Forget a try."""
    tries.delete(try_id=try_id, owner=signed_in(request))
    return as_json({"deleted": str(try_id)})


@require_POST
@answered
def vote(request: HttpRequest) -> HttpResponse:
    """Keep which of two tries was better; the answer says whose voices they were."""
    user = signed_in(request)
    body = body_of(request)
    choice = str(body.get("choice", ""))
    a, b = votes.vote(owner=user, a=_uuid(body.get("a")), b=_uuid(body.get("b")), choice=choice)
    return as_json({"choice": choice, "a": _voice(a), "b": _voice(b)})


@require_GET
@answered
def vote_sums(request: HttpRequest) -> HttpResponse:
    """How each voice has done: with oneself, and with all."""
    user = signed_in(request)
    return as_json({"mine": _summed(votes.sums(owner=user)), "all": _summed(votes.sums())})


def _summed(sums: list[votes.Sum]) -> list[dict[str, Any]]:
    return [asdict(each) for each in sums]


def _voice(of: Try) -> dict[str, str]:
    return {"provider": of.provider, "voice": of.voice}


def _shown(kept: Try, reader: User) -> dict[str, Any]:
    """Who owns a shared one is not told: its link says only what was spoken, and how."""
    is_mine = kept.owner_id == reader.pk
    return {
        "id": str(kept.pk),
        "name": kept.name,
        "made_at": kept.made_at.isoformat(),
        "speech": kept.speech,
        "characters": kept.characters,
        "timing": kept.timing,
        "ended": kept.ended,
        "has_audio": hasattr(kept, "audio") and (is_mine or kept.shares_audio),
        "shared": kept.is_shared,
        "shares_audio": kept.shares_audio,
        "mine": is_mine,
    }


def _uuid(written: object) -> UUID:
    try:
        return UUID(str(written))
    except ValueError:
        raise BadMessage("A try is named by its id.") from None

"""How a voice sounds: one short sentence of each, made when somebody first asks, and kept in memory."""

from __future__ import annotations

from collections import OrderedDict
from functools import partial

from captions.conf import conf
from captions.errors import BadField
from captions.live import voices
from captions.live.shared import Shared
from captions.live.speaking import Order
from captions.live.whole import Whole, transport_of, whole
from captions.sample_texts import sample_text
from captions.services.speakers import Speaker
from captions.tts.service import Service
from captions.tts.speech import Speech
from captions.words import gettext_noop as _

NO_SUCH_VOICE = _("There is no such voice. Load the page again: the list may have changed.")


_Key = tuple[Service, str, str]
_kept: OrderedDict[_Key, Whole] = OrderedDict()
_making: Shared[_Key, Whole] = Shared("sample")


async def sample_of(*, provider: str, voice_id: str, language: str, speaker: Speaker) -> Whole:
    """A voice's sample. Who asks first has its characters counted, once for all who ask meanwhile.

    Raises ``BadField``, and what a speech may fail with.
    """
    voice = next((each for each in await voices.voices_of(provider) if each.id == voice_id), None)
    if voice is None:
        raise BadField("voice", NO_SUCH_VOICE)
    language = language if language in voice.locales else next(iter(voice.locales), "")
    key = (conf.voice_service(provider), voice_id, language)
    if key in _kept:
        _kept.move_to_end(key)
        return _kept[key]
    speech = Speech(
        provider=provider,
        transport=transport_of(provider),
        text=sample_text(language),
        voice=voice_id,
        language=language,
    )
    return await _making.get(key, partial(_make, key, speech, speaker))


async def _make(key: _Key, speech: Speech, speaker: Speaker) -> Whole:
    sample = await whole(Order(speech=speech, speaker=speaker, keep=False))
    _keep(key, sample)
    return sample


def _keep(key: _Key, sample: Whole) -> None:
    _kept[key] = sample
    while _kept and sum(len(each.data) for each in _kept.values()) > conf.tts_samples_bytes:
        _kept.popitem(last=False)


def forget() -> None:
    """Have every sample made again."""
    _kept.clear()

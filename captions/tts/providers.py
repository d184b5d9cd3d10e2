"""Who speaks, over what, and what of it can be set: the whole of a page's controls as data. Pure.

Ranges and defaults: voice-API contract, 3.1 and 3.6.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from captions.errors import BadField
from captions.tts.options import Option
from captions.tts.speech import Speech
from captions.words import gettext_noop as _

WEBSOCKET = "websocket"
REST = "rest"

NO_TEXT = _("There is nothing to speak. Type a text first.")
TOO_LONG = _(
    "This text has %(characters)s characters; at most %(most)s can be spoken at once."
    " Shorten it, or speak it in parts."
)
NO_PROVIDER = _("There is no such provider here. Choose one of the list.")
NO_TRANSPORT = _("%(provider)s cannot be reached in this way. Choose one of: %(transports)s.")
NO_VOICE = _("Choose a voice first.")
NO_OPTION = _("%(provider)s has no setting of this name, or not in this way: %(option)s.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A service that speaks. ``longest_characters`` is what it takes in one request."""

    name: str
    label: str
    transports: tuple[str, ...]
    options: tuple[Option, ...]
    longest_characters: int
    most_at_once: int
    key_variable: str

    def options_for(self, transport: str) -> dict[str, Option]:
        """The settings that can be sent over a transport, by name."""
        return {
            option.name: option
            for option in self.options
            if not option.transports or transport in option.transports
        }

    def as_json(self) -> dict[str, Any]:
        """For pages."""
        return {
            "name": self.name,
            "label": self.label,
            "transports": list(self.transports),
            "options": [option.as_json() for option in self.options],
        }


VOXNEXUS = Provider(
    name="voxnexus",
    label="VoxNexus",
    transports=(WEBSOCKET, REST),
    # No limit is published (contract, 2.3); this is what a text is cut into.
    longest_characters=2_000,
    most_at_once=20,
    key_variable="VOXNEXUS_API_KEY",
    options=(
        Option(
            name="format",
            field="format",
            label=_("Format"),
            kind="choice",
            choices=("pcm", "wav"),
            default="pcm",
        ),
        Option(
            name="sample_rate_hz",
            field="sample_rate",
            label=_("Sample rate"),
            kind="choice",
            choices=(16000, 24000, 48000),
            default=24000,
            unit="Hz",
        ),
        Option(
            name="speed",
            field="speed",
            label=_("Speed"),
            low=0.5,
            high=2.0,
            step=0.05,
            default=1.0,
            unit="×",
        ),
        Option(
            name="pitch_semitones",
            field="pitch",
            label=_("Pitch"),
            kind="whole",
            low=-12,
            high=12,
            step=1,
            default=0,
            unit=_("semitones"),
        ),
        Option(name="volume", field="volume", label=_("Volume"), low=0.0, high=1.0, step=0.05, default=1.0),
        Option(
            name="voice_config",
            field="voice_config",
            label=_("Settings of this voice"),
            kind="object",
        ),
    ),
)

PROVIDERS: Mapping[str, Provider] = {provider.name: provider for provider in (VOXNEXUS,)}


def checked(speech: Speech, *, most_characters: int) -> Speech:
    """The speech with every value as it is sent, defaults filled in.

    Raises :class:`BadField`, which names the field and says what would do.
    """
    provider = PROVIDERS.get(speech.provider)
    if provider is None:
        raise BadField("provider", NO_PROVIDER)
    if speech.transport not in provider.transports:
        known = ", ".join(provider.transports)
        raise BadField("transport", NO_TRANSPORT, provider=provider.label, transports=known)
    if not speech.text.strip():
        raise BadField("text", NO_TEXT)
    if len(speech.text) > most_characters:
        raise BadField("text", TOO_LONG, characters=len(speech.text), most=most_characters)
    if not speech.voice:
        raise BadField("voice", NO_VOICE)
    return replace(speech, options=_options(provider, speech))


def _options(provider: Provider, speech: Speech) -> dict[str, Any]:
    known = provider.options_for(speech.transport)
    for name in speech.options:
        if name not in known:
            raise BadField("options", NO_OPTION, provider=provider.label, option=name[:60])
    return {
        name: option.checked(speech.options[name]) if speech.options.get(name) is not None else option.default
        for name, option in known.items()
        if speech.options.get(name) is not None or option.default is not None
    }

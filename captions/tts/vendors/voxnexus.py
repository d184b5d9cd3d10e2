"""VoxNexus: what can be set of its speech. Ranges and defaults: voice-API contract, 3.1 and 3.6. Pure."""

from __future__ import annotations

from captions.tts.options import Option
from captions.tts.provider import REST, WEBSOCKET, Provider
from captions.words import gettext_noop as _

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

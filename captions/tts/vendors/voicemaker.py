"""Voicemaker: what can be set of its speech. Ranges and defaults: voice-API contract, 5.1 and 5.2. Pure.

``CustomFileName``, ``FileStore`` and ``ResponseType`` are about files on its side, of which we make none. In
which unit volume, speed and pitch are counted no document says.
"""

from __future__ import annotations

from captions.tts.options import Option
from captions.tts.provider import REST, WEBSOCKET, Provider
from captions.words import gettext_noop as _

PRO = ("pro1-", "proplus-")
"""How ids of voices of many languages begin (5.3)."""
PRO_PLUS = ("proplus-",)

VOICEMAKER = Provider(
    name="voicemaker",
    label="Voicemaker",
    transports=(WEBSOCKET, REST),
    longest_characters=3_000,
    most_at_once=20,
    key_variable="VOICEMAKER_API_KEY",
    needs_language=True,
    options=(
        Option(name="ssml", label=_("The text has SSML tags"), kind="switch", default=False),
        Option(
            name="format",
            field="OutputFormat",
            label=_("Format"),
            kind="choice",
            choices=("wav", "mp3"),
            default="wav",
            transports=(WEBSOCKET,),
        ),
        Option(
            name="format",
            field="OutputFormat",
            label=_("Format"),
            kind="choice",
            choices=("wav", "mp3", "ogg", "opus", "aac", "ulaw", "alaw"),
            default="wav",
            transports=(REST,),
        ),
        Option(
            name="sample_rate_hz",
            field="SampleRate",
            label=_("Sample rate"),
            kind="choice",
            choices=(22050, 24000, 44100, 48000),
            default=24000,
            unit="Hz",
            transports=(WEBSOCKET,),
        ),
        Option(
            name="sample_rate_hz",
            field="SampleRate",
            label=_("Sample rate"),
            kind="choice",
            choices=(8000, 16000, 22050, 24000, 44100, 48000),
            default=24000,
            unit="Hz",
            transports=(REST,),
        ),
        Option(
            name="engine",
            field="Engine",
            label=_("Engine"),
            kind="choice",
            choices=("neural", "standard"),
            default="neural",
        ),
        Option(name="effect", field="Effect", label=_("Effect"), kind="style"),
        Option(
            name="volume",
            field="MasterVolume",
            label=_("Volume"),
            kind="whole",
            low=-20,
            high=20,
            step=1,
            default=0,
        ),
        Option(
            name="speed",
            field="MasterSpeed",
            label=_("Speed"),
            kind="whole",
            low=-100,
            high=100,
            step=5,
            default=0,
        ),
        Option(
            name="pitch",
            field="MasterPitch",
            label=_("Pitch"),
            kind="whole",
            low=-100,
            high=100,
            step=5,
            default=0,
        ),
        Option(
            name="master_settings",
            field="MasterSettings",
            label=_("How volume, speed and pitch are changed"),
            kind="choice",
            choices=("advanced_v1", "advanced_v2"),
            default="advanced_v1",
        ),
        Option(
            name="accent",
            field="AccentCode",
            label=_("Accent, such as en-GB"),
            kind="text",
            voices=PRO,
        ),
        Option(
            name="stability",
            field="Stability",
            label=_("Stability"),
            kind="whole",
            low=0,
            high=100,
            # One client says that it takes three steps only (V8); every value is passed on.
            step=50,
            default=50,
            voices=PRO_PLUS,
        ),
        Option(
            name="similarity",
            field="Similarity",
            label=_("Likeness to the voice"),
            kind="whole",
            low=0,
            high=100,
            step=5,
            default=80,
            voices=PRO_PLUS,
        ),
        Option(
            name="pro_engine",
            field="ProEngine",
            label=_("Engine of this voice"),
            kind="choice",
            choices=("highres", "turbo", "expressive"),
            default="highres",
            voices=PRO_PLUS,
        ),
        Option(
            name="voxfx_preset",
            field="VoxFx.presetId",
            label=_("VoxFX: id of a preset"),
            kind="text",
            transports=(REST,),
        ),
        Option(
            name="voxfx_mix",
            field="VoxFx.dryWet",
            label=_("VoxFX: how much of the effect"),
            kind="whole",
            low=0,
            high=100,
            step=5,
            default=100,
            transports=(REST,),
        ),
    ),
)

"""Vachana by Gnani.ai: what can be set of its speech. Ranges and defaults: voice-API contract, 6.1. Pure.

Offered are the formats that its server is known to take (G10), always one channel of 16 bits.
"""

from __future__ import annotations

from captions.tts.options import Option
from captions.tts.provider import REST, SSE, WEBSOCKET, Provider
from captions.words import gettext_noop as _

NEWEST = ("timbre-v2.5/",)
"""How ids of voices of the newest model begin; see ``vachana_voices``."""

VACHANA = Provider(
    name="vachana",
    label="Vachana",
    transports=(WEBSOCKET, REST, SSE),
    # No limit is published (G11).
    longest_characters=2_000,
    most_at_once=20,
    key_variable="VACHANA_API_KEY",
    options=(
        Option(
            name="format",
            field="container",
            label=_("Format"),
            kind="choice",
            choices=("wav", "pcm", "mp3"),
            default="wav",
        ),
        Option(
            name="sample_rate_hz",
            field="sample_rate",
            label=_("Sample rate"),
            kind="choice",
            choices=(8000, 16000, 22050, 24000, 44100, 48000),
            default=24000,
            unit="Hz",
        ),
        Option(
            name="bit_rate",
            field="bitrate",
            label=_("Bit rate"),
            kind="choice",
            choices=("32k", "64k", "96k", "128k", "192k"),
            default="128k",
            needs={"format": ("mp3",)},
        ),
        Option(
            name="speed",
            field="speed",
            label=_("Speed"),
            low=0.85,
            high=1.15,
            step=0.05,
            default=1.0,
            unit="×",
            voices=NEWEST,
        ),
    ),
)

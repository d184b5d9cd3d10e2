"""System checks: each wrong setting has an id and a hint that says what to do."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from captions.audio import BYTES_PER_SAMPLE, SAMPLES_PER_MS
from captions.conf import Conf, Limit, conf, limits
from captions.speechserver.engines import registry

LIMIT = "VOXWEB_LIMIT_"


class Below(NamedTuple):
    """One limit that only makes sense below another; ``times`` turns its unit into the other's."""

    low: Limit[int] | Limit[float]
    high: Limit[int] | Limit[float]
    otherwise: str
    times: int = 1


ORDER = [
    Below(
        Conf.stt_probe_s,
        Conf.stt_deaf_s,
        "a silent speech service would be given up before it was asked whether it lives",
    ),
    Below(
        Conf.stt_deaf_s,
        Conf.ring_ms,
        "words would be lost before a silent speech service was given up",
        times=1000,
    ),
    Below(Conf.stt_preroll_ms, Conf.ring_ms, "the audio from before a first word would not be kept"),
    Below(Conf.quiet_flush_ms, Conf.ring_ms, "audio would be lost before anything settled it"),
    Below(
        Conf.heard_interval_s,
        Conf.lease_s,
        "a host would hear what is safe less often than its worker's hold on the session runs out",
    ),
    Below(Conf.max_chunk_ms, Conf.audio_burst_ms, "a host's longest chunk would be refused for ever"),
    Below(
        Conf.max_chunk_ms,
        Conf.max_message_bytes,
        "a host's longest chunk would close its socket",
        times=SAMPLES_PER_MS * BYTES_PER_SAMPLE,
    ),
    Below(Conf.max_text_bytes, Conf.max_message_bytes, "a browser's longest text would close its socket"),
    Below(Conf.max_message_bytes, Conf.tts_message_bytes, "a text to be spoken would close its socket"),
    Below(
        Conf.tts_text_characters,
        Conf.tts_message_bytes,
        "a text that is short enough to be spoken would close its socket",
    ),
    Below(Conf.tts_waiting_bytes, Conf.outbox_bytes, "audio would close the socket of a slow reader"),
    Below(Conf.try_audio_bytes, Conf.tries_audio_bytes, "one try's audio would be forgotten as it is kept"),
    Below(Conf.changes_bytes, Conf.outbox_bytes, "a reader who missed something would be closed as too slow"),
]
"""What the reasons in ``captions.conf`` say of one another."""

KNOWN = {
    "VOXWEB_ALLOWED_HOSTS",
    "VOXWEB_BEHIND_PROXY",
    "VOXWEB_CHARACTERS_IN_ALL",
    "VOXWEB_CHARACTERS_PER_USER",
    "VOXWEB_CHROMIUM",
    "VOXWEB_DATA_DIR",
    "VOXWEB_DEBUG",
    "VOXWEB_ENGINE",
    "VOXWEB_ENGINE_MODEL_DIR",
    "VOXWEB_TTS_ENGINE",
    "VOXWEB_FUZZ",
    "VOXWEB_HTTPS",
    "VOXWEB_LOG_LEVEL",
    "VOXWEB_MINUTES_IN_ALL",
    "VOXWEB_MINUTES_PER_ROOM",
    "VOXWEB_MINUTES_PER_USER",
    "VOXWEB_METRICS_TOKEN",
    "VOXWEB_METRICS_TOKEN_FILE",
    "VOXWEB_PORT",
    "VOXWEB_REQUIRE_BROWSER",
    "VOXWEB_REQUIRE_SERVICES",
    "VOXWEB_SECRET_KEY",
    "VOXWEB_SECRET_KEY_FILE",
    "VOXWEB_SPEECH",
    "VOXWEB_SPEECH_PORT",
    "VOXWEB_TEST_DATABASE_URL",
    "VOXWEB_TEST_REDIS_URL",
    "VOXWEB_TRUSTED_ORIGINS",
}
"""Variables that begin with VOXWEB_ and mean something, to the app or to its tests."""


@register(Tags.compatibility)
def names_are_known(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """A misspelt variable changes nothing in silence; so it is named."""
    return [
        Warning(
            f"{name} is set, but voxweb knows no variable of this name.",
            hint="See the table of settings in README.md for the names.",
            id="captions.W001",
        )
        for name in sorted(os.environ)
        if name.startswith("VOXWEB_") and not name.startswith(LIMIT) and name not in KNOWN
    ]


@register(Tags.compatibility)
def limits_are_known(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """A limit that is misspelt would leave the default in force."""
    known = {limit.name for limit in limits()}
    return [
        Error(
            f"{LIMIT}{name} is set, but there is no limit of this name.",
            hint="`python manage.py limits` lists all of them with their reasons.",
            id="captions.E005",
        )
        for name in settings.LIMITS
        if name not in known
    ]


@register(Tags.compatibility)
def limits_agree(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """Of two that belong together, one that is set alone can take the sense from the other."""
    found: list[CheckMessage] = []
    for low, high, otherwise, times in ORDER:
        least: float = getattr(conf, low.name.lower())
        most: float = getattr(conf, high.name.lower())
        if least * times < most:
            continue
        below, above = f"{most / times:.12g}", f"{least * times:.12g}"
        found.append(
            Error(
                f"{LIMIT}{low.name} is {least:.12g} and {LIMIT}{high.name} is {most:.12g}: {otherwise}.",
                hint=f"Let the first be less than {below}, or the second more than {above}.",
                id="captions.E006",
            )
        )
    return found


@register(Tags.security)
def cloud_is_spoken_to_in_private(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """A key is never sent over a line that others can read."""
    found: list[CheckMessage] = []
    for name, service in conf.voice_services.items():
        for url, variable, scheme in (
            (service.ws_url, f"{name.upper()}_WS_URL", "wss"),
            (service.http_url, f"{name.upper()}_HTTP_URL", "https"),
        ):
            if service.is_local or url.startswith(f"{scheme}://") or _is_this_machine(url):
                continue
            found.append(
                Error(
                    f"{variable} would send the key without encryption.",
                    hint=f"Begin it with {scheme}://, or remove it to use the vendor's address.",
                    id="captions.E001",
                )
            )
    return found


def _is_this_machine(url: str) -> bool:
    return url.partition("://")[2].rsplit(":", 1)[0] in {"127.0.0.1", "localhost", "[::1]"}


@register(Tags.compatibility)
def local_engine_is_installed(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """Without a key the local speech server is needed, and it is an extra."""
    if not conf.stt.is_local or importlib.util.find_spec("aiohttp"):
        return []
    return [
        Warning(
            "There is no VOXNEXUS_API_KEY, and the local speech server is not installed.",
            hint="Set VOXNEXUS_API_KEY, or install the extra: pip install 'voxweb[local]'.",
            id="captions.W002",
        )
    ]


@register(Tags.compatibility)
def local_engine_is_known(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """A misspelt engine would only be noticed when the speech server starts."""
    if not conf.stt.is_local or conf.engine in registry.names():
        return []
    return [
        Error(
            f"VOXWEB_ENGINE is {conf.engine!r}, but the local speech server has no such engine.",
            hint=f"Use one of {', '.join(registry.names())}.",
            id="captions.E004",
        )
    ]


@register(Tags.compatibility)
def redis_layer_is_installed(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """REDIS_URL needs the extra that speaks to Redis."""
    if not settings.REDIS_URL or importlib.util.find_spec("channels_redis"):
        return []
    return [
        Error(
            "REDIS_URL is set, but channels-redis is not installed.",
            hint="Install the extra: pip install 'voxweb[redis]'.",
            id="captions.E002",
        )
    ]


@register(Tags.security)
def hosts_are_named(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """``*`` would let any site's page open a host's socket."""
    if "*" not in conf.allowed_hosts:
        return []
    return [
        Error(
            "VOXWEB_ALLOWED_HOSTS holds *, so any site could speak in a signed-in host's name.",
            hint="Name the hosts this site is reached by, separated by commas.",
            id="captions.E003",
        )
    ]

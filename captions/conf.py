"""The app's settings, typed: the only module of the app that reads ``django.conf.settings``.

Each is read when asked, so a test's ``override_settings`` works. A setting that is not named in
``voxweb/settings.py`` has the default given here; the reason stands beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Generic, TypeVar, overload

from django.conf import settings

from captions.characters import Quota
from captions.spending import MINUTE_MS, Limits
from captions.stt.upstream import Upstream
from captions.tts.providers import PROVIDERS
from captions.tts.service import Service
from captions.tts.vendors.vachana_voices import CATALOGUE, Catalogue
from captions.upstream.secret import Secret
from captions.words import gettext_noop


def _get(name: str, default: Any) -> Any:
    return getattr(settings, name, default)


N = TypeVar("N", int, float)


class Limit(Generic[N]):
    """One bound of :class:`Conf`, with its default and the reason for that.

    An operator sets it as ``VOXWEB_LIMIT_<NAME>``; a test, by the setting of the same name in capitals.
    """

    def __init__(self, default: N, why: str) -> None:
        self.default: N = default
        self.why = why
        self.name = ""

    def __set_name__(self, owner: type[Conf], name: str) -> None:
        self.name = name.upper()

    @overload
    def __get__(self, conf: None, owner: type[Conf]) -> Limit[N]: ...
    @overload
    def __get__(self, conf: Conf, owner: type[Conf]) -> N: ...
    def __get__(self, conf: Conf | None, owner: type[Conf]) -> Limit[N] | N:
        if conf is None:
            return self
        value = _get(self.name, None)
        return self.among(_get("LIMITS", {})) if value is None else type(self.default)(value)

    def among(self, limits: Mapping[str, float]) -> N:
        """What an operator has set, if this limit is among it, or the default."""
        value: N = type(self.default)(limits.get(self.name, self.default))
        return value


class Conf:
    """Values of this process. Inner layers are handed them as arguments."""

    # --- speech to text ---

    @property
    def stt(self) -> Upstream:
        """The speech service in use: VoxNexus with a key, the local speech server without."""
        local = bool(_get("STT_IS_LOCAL", True))
        model = str(_get("VOXNEXUS_STT_MODEL", "vn-stt-basic"))
        return Upstream(
            ws_url=str(settings.VOXNEXUS_WS_URL),
            # The local speech server speaks the same protocol, key and all; this one is no secret.
            api_key=Secret("emu-key") if local else settings.VOXNEXUS_API_KEY,
            auth=_get("VOXNEXUS_AUTH", "header"),
            model=model,
            engine_name=(LOCAL_ENGINES.get(self.engine) or f"engine {self.engine}, on this machine")
            if local
            else f"VoxNexus {model}",
            is_local=local,
            open_timeout_s=self.stt_open_timeout_s,
            ping_interval_s=self.stt_ping_interval_s,
            ping_timeout_s=self.stt_ping_timeout_s,
        )

    @property
    def engine(self) -> str:
        """Engine of the local speech server, by name."""
        return str(_get("VOXWEB_ENGINE", "pocketsphinx"))

    stt_open_timeout_s = Limit(
        5.0,
        "How long each step of opening a connection upstream may take: the handshake, then ready. A slow "
        "network needs less, and there is time for many tries while ring_ms still holds all.",
    )
    stt_ping_interval_s = Limit(
        4.0,
        "Seconds between two pings on an upstream's line. With the wait for a pong and for the close that "
        "follows, a line that is gone without a word is noticed within 14 s.",
    )
    stt_ping_timeout_s = Limit(
        8.0,
        "How long an upstream's line may take over a pong, or over what is sent, until it is given up: "
        "longer than a network hiccups.",
    )
    stt_flush_timeout_s = Limit(
        10.0,
        "How long an upstream may take over a flush while nothing comes from it.",
    )
    stt_probe_s = Limit(
        7.0,
        "Silence of an upstream while somebody speaks, until it is asked whether it lives. Interims come "
        "every second or so; seven seconds are no hiccup any more, and early enough for an answer before "
        "stt_deaf_s.",
    )
    stt_deaf_s = Limit(13.0, "The same until its line is given up: a stall is to be noticed within 15 s.")
    stt_away_limit_s = Limit(
        3600.0,
        "How long an upstream may be away before a session gives up; 0: no limit. A break at an event is "
        "over by then, and a page that was forgotten does not call for ever.",
    )
    stt_connects_per_s = Limit(
        25.0,
        "Connections a second that this process opens at the most. Fifty rooms that were cut off together "
        "are back in two seconds, and no provider sees an attack.",
    )
    stt_idle_s = Limit(
        120.0,
        "Silence after which the speech service is let go until somebody speaks; 0: never. Two minutes "
        "are longer than a pause in a talk, and short enough to pay for no night.",
    )
    stt_preroll_ms = Limit(
        3_000,
        "Audio from before the first loud moment that is sent too, for words begin softly.",
    )
    stt_json_ping_s = Limit(30.0, "Seconds between the protocol's own pings (the vendor asks for 30).")
    replay_rate = Limit(
        4.0,
        "Times real time at which audio goes upstream at the most (the contract advises 4).",
    )

    # --- audio of a session ---

    ring_ms = Limit(90_000, "Audio kept for a replay: 90 s is 2.9 MB a session and outlasts most restarts.")
    quiet_flush_ms = Limit(20_000, "Unsettled audio after which the next quiet moment is used to settle it.")
    unstored_captions = Limit(200, "Captions that may wait for the database: a quarter of an hour of speech.")
    unstored_bytes = Limit(
        4_000_000,
        "Memory these may take: a session's bound, however many words a caption has.",
    )
    store_behind_s = Limit(
        4.0,
        "Seconds a caption may wait for the database before its host is told; SQLite's own wait is 5.",
    )
    max_chunk_ms = Limit(1000, "Longest chunk a host may send (the interface says 1000 ms).")
    audio_rate_limit = Limit(
        4.0,
        "Times real time that a host may send for long. Our page catches up at 2.5.",
    )
    audio_burst_ms = Limit(
        180_000,
        "Audio a host may send at once, and how much later than now its audio may begin: twice ring_ms, so "
        "that after an outage it is the room there that decides. Our page, which keeps 300 s, sends 10 s at "
        "once and the rest at its pace.",
    )

    # --- a host's hold on a session ---

    host_grace_s = Limit(
        180.0,
        "How long a session waits for its host after the host's socket dropped. A network that was gone "
        "for a minute must not end it, and before a host is back there is more: up to half a minute until "
        "either side notices, then the browser's delays, then a page that loads.",
    )
    lease_s = Limit(
        30.0,
        "How long a worker's hold on a session lasts unless renewed; renewed at a third of it.",
    )
    heard_interval_s = Limit(1.0, "Seconds between two heard messages to a host.")

    # --- minutes of speech a day ---

    @property
    def limits(self) -> Limits:
        """What may be sent to the speech service in a day; 0 is no limit.

        That is the default: only who pays for the service knows what is too much, and a limit that
        nobody chose would end somebody's speech.
        """
        room, user, site = (
            int(float(_get(f"MINUTES_{whose}", 0)) * MINUTE_MS)
            for whose in ("PER_ROOM", "PER_USER", "IN_ALL")
        )
        return Limits(room_ms=room, user_ms=user, site_ms=site)

    spend_near_share = Limit(0.8, "The used share of a limit from which on a host is warned.")
    spend_check_s = Limit(1.0, "Seconds between two looks at what is left; costs no query.")
    spend_save_s = Limit(
        5.0,
        "Seconds between two additions to the database: what a killed process forgets to count.",
    )
    spend_grace_s = Limit(20.0, "How long a host may go on to the end of a sentence once nothing is left.")

    # --- text to speech ---

    @property
    def voice_services(self) -> dict[str, Service]:
        """Every service that speaks, by its provider's name."""
        return {name: self.voice_service(name) for name in PROVIDERS}

    def voice_service(self, name: str) -> Service:
        """One provider with a key; without one, its emulation by the local speech server."""
        setting = name.upper()
        key = _get(f"{setting}_API_KEY", None) or Secret()
        return Service(
            provider_name=name,
            ws_url=str(_get(f"{setting}_WS_URL", "")),
            http_url=str(_get(f"{setting}_HTTP_URL", "")),
            # Its emulations take this one, which is no secret.
            key=key or Secret("emu-key"),
            auth=_get(f"{setting}_AUTH", "header"),
            is_local=not key,
            connect_timeout_s=self.tts_connect_s,
            first_byte_timeout_s=self.tts_first_byte_s,
            idle_timeout_s=self.tts_idle_s,
            quota_give_up_s=self.tts_quota_wait_s,
            catalogue=self.vachana_voices,
        )

    @property
    def vachana_voices(self) -> Catalogue:
        """Vachana's voices as an operator gives them, else those that its documents name."""
        catalogue: Catalogue = _get("VACHANA_VOICES", CATALOGUE)
        return catalogue

    def vendor_urls(self, name: str) -> tuple[str, str]:
        """Base addresses, for sockets and for HTTP, that a key of somebody's own is good for."""
        service = self.voice_service(name)
        return VENDOR_URLS[name] if service.is_local else (service.ws_url, service.http_url)

    def voice_service_note(self, name: str) -> str:
        """What a page says beside a provider: where it really speaks. A template of ours, or nothing."""
        return EMULATED if self.voice_service(name).is_local else ""

    tts_connect_s = Limit(5.0, "How long opening a connection to a service that speaks may take.")
    tts_first_byte_s = Limit(
        15.0,
        "How long a service may take from a text to its first sound. The slowest documented one needs two "
        "seconds; somebody who pressed a button does not wait longer than this.",
    )
    tts_idle_s = Limit(
        15.0,
        "How long a service may say nothing in the middle of a speech until it is let go.",
    )
    tts_quota_wait_s = Limit(
        60.0,
        "How long a text waits in all for a service that has no room, before that is said to be final.",
    )
    tts_text_characters = Limit(
        100_000,
        "Longest text that is spoken at once: two hours of speech, more than any text that is being tried.",
    )
    tts_message_bytes = Limit(
        1024 * 1024,
        "Longest message of the speech socket, and body of a request that brings a text: "
        "tts_text_characters of the widest script, escaped; and a million letters, so that who sends them "
        "is told the limit in words.",
    )
    tts_text_rate = Limit(
        100.0,
        "Text messages a second that the speech socket takes for long: four speeches that come much faster "
        "than they are heard, each acknowledged as it comes.",
    )
    tts_window_bytes = Limit(
        1024 * 1024,
        "Audio of one speech that is sent ahead of what the page says it has got: 20 s at 24 kHz. More "
        "would pile up between us, and less would wait for a slow network's answers.",
    )
    tts_waiting_bytes = Limit(
        256 * 1024,
        "What may wait in a socket before its speeches wait: half of outbox_bytes, which would close it.",
    )
    tts_stall_s = Limit(
        60.0,
        "How long nobody may take any audio of a speech until it is stopped: a page that sleeps wakes within "
        "a minute, and a connection upstream is not held for one that does not.",
    )
    tts_at_once_per_user = Limit(4, "Texts that one account has spoken at once: four voices side by side.")
    tts_voices_fresh_s = Limit(
        300.0,
        "How long a provider's list of voices is taken for the present one; it changes once in weeks.",
    )
    tts_samples_bytes = Limit(
        16 * 1024 * 1024,
        "Samples of voices that a process keeps in memory: a hundred of three seconds each.",
    )
    reading_fresh_s = Limit(
        120.0,
        "How old a caption may be for somebody to have it read out: what a listener falls behind at most. "
        "Older ones are nobody's to spend a room's characters on.",
    )
    reading_made_s = Limit(
        30.0,
        "How long whoever reads a caption out may take, until another process makes it: the first sound and "
        "the end of a long sentence.",
    )
    reading_kept_s = Limit(
        600.0, "How long the sound of a caption is kept for who comes to it late; then it is deleted."
    )
    tries_kept = Limit(200, "Tries kept of one account; the oldest make room.")
    try_audio_bytes = Limit(
        8 * 1024 * 1024,
        "Audio kept of one try: three minutes at 24 kHz. What is longer is kept without it.",
    )
    tries_audio_bytes = Limit(
        64 * 1024 * 1024,
        "Audio kept of all tries of one account; the oldest audio makes room, its try stays.",
    )

    @property
    def characters(self) -> Quota:
        """Characters that may be spoken in a day; 0 is no limit, as for minutes."""
        return Quota(user=int(_get("CHARACTERS_PER_USER", 0)), site=int(_get("CHARACTERS_IN_ALL", 0)))

    # --- talking with the playground ---

    talk_limit_s = Limit(
        900.0,
        "How long one conversation on the playground listens: a quarter of an hour tries a voice, and "
        "a page that was forgotten does not pay for a night.",
    )
    talk_silence_s = Limit(
        120.0,
        "Silence after which it listens no more: longer than the answer to what was said, as stt_idle_s.",
    )
    talk_pause_ms = Limit(
        600,
        "Quiet after which what was said is to be finished, so that it is answered: shorter, and people are "
        "cut off while they think of a word.",
    )
    talk_waiting_ms = Limit(
        15_000,
        "Audio of a conversation that may wait for the speech service: longer than stt_flush_timeout_s, for "
        "nothing is sent while a flush is waited for.",
    )

    # --- viewers ---

    tick_interval_s = Limit(
        15.0,
        "Seconds between two tick messages: how late a silent loss is noticed at the most.",
    )
    hello_segments = Limit(200, "Segments in a first message; the interface says 200 at most.")
    changes_segments = Limit(200, "Segments in one refill over a socket.")
    changes_bytes = Limit(
        256 * 1024,
        "Bytes of segments in one reply; Daphne drops messages above 1 MiB without a word.",
    )
    page_segments = Limit(500, "Segments in one page of a room's JSON.")
    outbox_bytes = Limit(
        512 * 1024,
        "Text waiting for one slow socket before it is closed to catch up by version.",
    )
    outbox_messages = Limit(
        1000,
        "Messages waiting for one slow socket before it is closed to catch up by version.",
    )
    outbox_linger_s = Limit(
        10.0,
        "Seconds a socket that is to be closed may take over what it was sent last.",
    )
    max_text_bytes = Limit(16 * 1024, "Longest text message a browser may send; ours are a tenth of it.")

    # --- operations ---

    @property
    def metrics_token(self) -> Secret:
        """What a scraper of ``/metrics`` must send; empty: only this machine itself may ask."""
        token = _get("METRICS_TOKEN", None)
        return token if isinstance(token, Secret) else Secret("")

    # --- signing in ---

    @property
    def behind_proxy(self) -> bool:
        """Whether a proxy of ours stands before us, whose headers say who asks."""
        return bool(_get("BEHIND_PROXY", False))

    sign_in_tries = Limit(
        10,
        "Wrong passwords for one name from one address until that name waits there: more than somebody "
        "types who knows it.",
    )
    sign_in_wait_s = Limit(
        900,
        "How long it waits then. A quarter of an hour leaves a guesser a thousand tries a day at one "
        "address, and is bearable for somebody who forgot a password.",
    )

    # --- what browsers may do ---

    @property
    def is_debugging(self) -> bool:
        """Whether files of ours may change while we run."""
        return bool(_get("DEBUG", False))

    @property
    def interface_languages(self) -> list[str]:
        """Languages that our own words come in, besides English."""
        return [code for code, _ in settings.LANGUAGES if code != "en"]

    @property
    def host_permissions(self) -> dict[str, str | list[str] | tuple[str]]:
        """Permissions-Policy of the host's page: it hears a microphone or a tab, and keeps the screen on."""
        return dict(_get("HOST_PERMISSIONS_POLICY", {}))

    @property
    def playground_permissions(self) -> dict[str, str | list[str] | tuple[str]]:
        """Permissions-Policy of the playground: it hears a microphone."""
        return dict(_get("PLAYGROUND_PERMISSIONS_POLICY", {}))

    # --- how much a stranger may send ---

    max_message_bytes = Limit(
        64 * 1024,
        "Longest message of a socket, whole or in frames: twice a second of audio, which is 32 KB.",
    )
    max_body_bytes = Limit(
        128 * 1024,
        "Longest body of a request: a form with Django's 1000 fields, the most it takes, fits in.",
    )
    inbox_bytes = Limit(
        128 * 1024,
        "Messages of one socket that wait for us before it is not read for a while: 4 s of audio.",
    )
    flood_factor = Limit(
        2.0,
        "A host is slowed at so many times what it may send: what was refused may come twice.",
    )
    text_rate = Limit(
        10.0,
        "Text messages a second that a browser may send for long; ours send one in many seconds.",
    )
    text_burst = Limit(
        120,
        "Text messages at once: pages that wake together behind one socket do not get near it.",
    )
    flood_limit_s = Limit(
        30.0,
        "How long a flood is only slowed down; then its socket is closed. A browser's whole ring, sent "
        "and refused and sent again, is through by then.",
    )
    ping_rate = Limit(
        2.0,
        "Pings a second that are answered for long; libraries send one in five seconds or more.",
    )
    ping_burst = Limit(50, "Pings at once that are answered: behind a stalled network they come together.")

    # --- who may connect ---

    recheck_interval_s = Limit(
        5.0,
        "Seconds between two rounds of asking whether hosts and members may stay: how long a revocation "
        "may go unnoticed where its message was lost. A handful of queries a process.",
    )

    embeds_save_s = Limit(
        5.0,
        "Seconds between two additions of who embeds to the database: what a killed process forgets.",
    )
    embeds_waiting = Limit(
        500,
        "Sites, each in a room, that may wait for that. More than ask in five seconds, unless somebody makes "
        "them up; then those beyond are not counted.",
    )

    @property
    def allowed_hosts(self) -> list[str]:
        """Names this site answers to, as Django matches them."""
        return list(settings.ALLOWED_HOSTS)

    @property
    def https_only(self) -> bool:
        """Whether all pages of ours come over HTTPS; then a page that did not is somebody else's."""
        return bool(_get("SECURE_SSL_REDIRECT", False))

    @property
    def trusted_origins(self) -> list[str]:
        """Further origins whose pages are ours, each with its scheme."""
        return list(settings.CSRF_TRUSTED_ORIGINS)


VENDOR_URLS = {
    "voxnexus": ("wss://api.voxnexus.ai", "https://api.voxnexus.ai"),
    "voicemaker": ("wss://developer.voicemaker.in", "https://developer.voicemaker.in"),
    "vachana": ("wss://api.vachana.ai", "https://api.vachana.ai"),
}
"""Where the services that speak are, by provider: for sockets and for HTTP."""

EMULATED = gettext_noop("%(service)s, emulated on this machine")
"""Beside a provider for which there is no key."""

LOCAL_ENGINES = {
    "pocketsphinx": gettext_noop("built-in engine, English, draft quality"),
    "scripted": gettext_noop("scripted engine, for tests"),
}

conf = Conf()


def limits() -> Iterator[Limit[int] | Limit[float]]:
    """All limits, in the order in which they stand above."""
    return (limit for limit in vars(Conf).values() if isinstance(limit, Limit))

"""The app's settings, typed: the only module of the app that reads ``django.conf.settings``.

Each is read when asked, so a test's ``override_settings`` works. A setting that is not named in
``voxweb/settings.py`` has the default given here; the reason stands beside it.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings

from captions.spending import MINUTE_MS, Limits
from captions.stt.upstream import Secret, Upstream


def _get(name: str, default: Any) -> Any:
    return getattr(settings, name, default)


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
            open_timeout_s=float(_get("STT_OPEN_TIMEOUT_S", 5.0)),
            # With the wait for a pong and for the close that follows, a black hole is noticed within 14 s.
            ping_interval_s=float(_get("STT_PING_INTERVAL_S", 4.0)),
            ping_timeout_s=float(_get("STT_PING_TIMEOUT_S", 8.0)),
        )

    @property
    def engine(self) -> str:
        """Engine of the local speech server, by name."""
        return str(_get("VOXWEB_ENGINE", "pocketsphinx"))

    @property
    def stt_flush_timeout_s(self) -> float:
        """How long an upstream may take over a flush while nothing comes from it."""
        return float(_get("STT_FLUSH_TIMEOUT_S", 10.0))

    @property
    def stt_probe_s(self) -> float:
        """Silence of an upstream while somebody speaks, until it is asked whether it lives.

        Interims come every second or so; seven seconds are no hiccup any more, and early enough for
        an answer before ``stt_deaf_s``.
        """
        return float(_get("STT_PROBE_S", 7.0))

    @property
    def stt_deaf_s(self) -> float:
        """The same until its line is given up: a stall is to be noticed within 15 s."""
        return float(_get("STT_DEAF_S", 13.0))

    @property
    def stt_away_limit_s(self) -> float:
        """How long an upstream may be away before a session gives up; 0: no limit.

        A break at an event is over by then, and a page that was forgotten does not call for ever.
        """
        return float(_get("STT_AWAY_LIMIT_S", 3600.0))

    @property
    def stt_connects_per_s(self) -> float:
        """Connections a second that this process opens at the most.

        Fifty rooms that were cut off together are back in two seconds, and no provider sees an attack.
        """
        return float(_get("STT_CONNECTS_PER_S", 25.0))

    @property
    def stt_idle_s(self) -> float:
        """Silence after which the speech service is let go until somebody speaks; 0: never.

        Two minutes are longer than a pause in a talk, and short enough to pay for no night.
        """
        return float(_get("STT_IDLE_S", 120.0))

    @property
    def stt_preroll_ms(self) -> int:
        """Audio from before the first loud moment that is sent too, for words begin softly."""
        return int(_get("STT_PREROLL_MS", 3_000))

    @property
    def stt_json_ping_s(self) -> float:
        """Seconds between the protocol's own pings (the vendor asks for 30)."""
        return float(_get("STT_JSON_PING_S", 30.0))

    @property
    def replay_rate(self) -> float:
        """Times real time at which audio goes upstream at the most (the contract advises 4)."""
        return float(_get("REPLAY_RATE", 4.0))

    # --- audio of a session ---

    @property
    def ring_ms(self) -> int:
        """Audio kept for a replay: 90 s is 2.9 MB a session and outlasts most restarts."""
        return int(_get("RING_MS", 90_000))

    @property
    def quiet_flush_ms(self) -> int:
        """Unsettled audio after which the next quiet moment is used to settle it."""
        return int(_get("QUIET_FLUSH_MS", 20_000))

    @property
    def unstored_captions(self) -> int:
        """Captions that may wait for the database: a quarter of an hour of speech."""
        return int(_get("UNSTORED_CAPTIONS", 200))

    @property
    def unstored_bytes(self) -> int:
        """Memory these may take: a session's bound, however many words a caption has."""
        return int(_get("UNSTORED_BYTES", 4_000_000))

    @property
    def store_behind_s(self) -> float:
        """Seconds a caption may wait for the database before its host is told; SQLite's own wait is 5."""
        return float(_get("STORE_BEHIND_S", 4.0))

    @property
    def max_chunk_ms(self) -> int:
        """Longest chunk a host may send (the interface says 1000 ms)."""
        return int(_get("MAX_CHUNK_MS", 1000))

    @property
    def audio_rate_limit(self) -> float:
        """Times real time that a host may send for long; a resuming host catches up at this rate."""
        return float(_get("AUDIO_RATE_LIMIT", 4.0))

    @property
    def audio_burst_ms(self) -> int:
        """Audio a host may send at once: a browser's whole ring after an outage, twice over."""
        return int(_get("AUDIO_BURST_MS", 180_000))

    # --- a host's hold on a session ---

    @property
    def host_grace_s(self) -> float:
        """How long a session waits for its host after the host's socket dropped.

        A network that was gone for a minute must not end it, and before a host is back there is more: up
        to half a minute until either side notices, then the browser's delays, then a page that loads.
        """
        return float(_get("HOST_GRACE_S", 180.0))

    @property
    def lease_s(self) -> float:
        """How long a worker's hold on a session lasts unless renewed; renewed at a third of it."""
        return float(_get("LEASE_S", 30.0))

    @property
    def heard_interval_s(self) -> float:
        """Seconds between two ``heard`` messages to a host."""
        return float(_get("HEARD_INTERVAL_S", 1.0))

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

    @property
    def spend_near_share(self) -> float:
        """The used share of a limit from which on a host is warned."""
        return float(_get("SPEND_NEAR_SHARE", 0.8))

    @property
    def spend_check_s(self) -> float:
        """Seconds between two looks at what is left; costs no query."""
        return float(_get("SPEND_CHECK_S", 1.0))

    @property
    def spend_save_s(self) -> float:
        """Seconds between two additions to the database: what a killed process forgets to count."""
        return float(_get("SPEND_SAVE_S", 5.0))

    @property
    def spend_grace_s(self) -> float:
        """How long a host may go on to the end of a sentence once nothing is left."""
        return float(_get("SPEND_GRACE_S", 20.0))

    # --- viewers ---

    @property
    def tick_interval_s(self) -> float:
        """Seconds between two ``tick`` messages: how late a silent loss is noticed at the most."""
        return float(_get("TICK_INTERVAL_S", 15.0))

    @property
    def hello_segments(self) -> int:
        """Segments in a first message; the interface says 200 at most."""
        return int(_get("HELLO_SEGMENTS", 200))

    @property
    def changes_segments(self) -> int:
        """Segments in one refill over a socket."""
        return int(_get("CHANGES_SEGMENTS", 200))

    @property
    def changes_bytes(self) -> int:
        """Bytes of segments in one reply; Daphne drops messages above 1 MiB without a word."""
        return int(_get("CHANGES_BYTES", 256 * 1024))

    @property
    def page_segments(self) -> int:
        """Segments in one page of a room's JSON."""
        return int(_get("PAGE_SEGMENTS", 500))

    @property
    def outbox_bytes(self) -> int:
        """Text waiting for one slow socket before it is closed to catch up by version."""
        return int(_get("OUTBOX_BYTES", 512 * 1024))

    @property
    def outbox_messages(self) -> int:
        """Messages waiting for one slow socket before it is closed to catch up by version."""
        return int(_get("OUTBOX_MESSAGES", 1000))

    @property
    def outbox_linger_s(self) -> float:
        """Seconds a socket that is to be closed may take over what it was sent last."""
        return float(_get("OUTBOX_LINGER_S", 10.0))

    @property
    def max_text_bytes(self) -> int:
        """Longest text message a browser may send; ours are a tenth of it."""
        return int(_get("MAX_TEXT_BYTES", 16 * 1024))

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

    @property
    def sign_in_wait_s(self) -> int:
        """How long a name waits, at one address, after too many wrong passwords."""
        return 60 * int(_get("SIGN_IN_WAIT_MINUTES", 15))

    # --- what browsers may do ---

    @property
    def host_permissions(self) -> dict[str, str | list[str] | tuple[str]]:
        """Permissions-Policy of the host's page: it alone has use for a microphone."""
        return dict(_get("HOST_PERMISSIONS_POLICY", {}))

    # --- how much a stranger may send ---

    @property
    def max_message_bytes(self) -> int:
        """Longest message of a socket, whole or in frames: twice a second of audio, which is 32 KB."""
        return int(_get("MAX_MESSAGE_BYTES", 64 * 1024))

    @property
    def max_body_bytes(self) -> int:
        """Longest body of a request: a form with Django's 1000 fields, the most it takes, fits in."""
        return int(_get("MAX_BODY_BYTES", 128 * 1024))

    @property
    def inbox_bytes(self) -> int:
        """Messages of one socket that wait for us before it is not read for a while: 4 s of audio."""
        return int(_get("INBOX_BYTES", 128 * 1024))

    @property
    def flood_factor(self) -> float:
        """A host is slowed at so many times what it may send: what was refused may come twice."""
        return float(_get("FLOOD_FACTOR", 2.0))

    @property
    def text_rate(self) -> float:
        """Text messages a second that a browser may send for long; ours send one in many seconds."""
        return float(_get("TEXT_RATE", 10.0))

    @property
    def text_burst(self) -> int:
        """Text messages at once: pages that wake together behind one socket do not get near it."""
        return int(_get("TEXT_BURST", 120))

    @property
    def flood_limit_s(self) -> float:
        """How long a flood is only slowed down; then its socket is closed. A browser's whole ring,
        sent and refused and sent again, is through by then."""
        return float(_get("FLOOD_LIMIT_S", 30.0))

    @property
    def ping_rate(self) -> float:
        """Pings a second that are answered for long; libraries send one in five seconds or more."""
        return float(_get("PING_RATE", 2.0))

    @property
    def ping_burst(self) -> int:
        """Pings at once that are answered: behind a stalled network they come together."""
        return int(_get("PING_BURST", 50))

    # --- who may connect ---

    @property
    def recheck_interval_s(self) -> float:
        """Seconds between two rounds of asking whether hosts and members may stay: how long a
        revocation may go unnoticed where its message was lost. A handful of queries a process."""
        return float(_get("RECHECK_INTERVAL_S", 5.0))

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


LOCAL_ENGINES = {
    "pocketsphinx": "built-in engine, English, draft quality",
    "scripted": "scripted engine, for tests",
}

conf = Conf()

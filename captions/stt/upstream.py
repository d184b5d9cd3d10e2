"""Which speech service is called, with what key, and how long it may take to answer."""

from __future__ import annotations

from dataclasses import dataclass, field

from captions.upstream.secret import Auth, Secret


@dataclass(frozen=True, slots=True)
class Upstream:
    """A speech service that speaks the VoxNexus protocol.

    ``ws_url`` is a base without a path (``wss://api.voxnexus.ai``). ``engine_name`` is what pages
    call it; ``is_local`` says that audio does not leave this machine.
    """

    ws_url: str
    api_key: Secret = field(default_factory=Secret)
    auth: Auth = "header"
    model: str = "vn-stt-basic"
    engine_name: str = ""
    is_local: bool = False
    open_timeout_s: float = 5.0
    """For each step of opening: the handshake, and then ``ready``."""
    close_timeout_s: float = 2.0
    ping_interval_s: float = 4.0
    ping_timeout_s: float = 8.0
    max_message_bytes: int = 1024 * 1024

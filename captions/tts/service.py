"""Which service speaks, with what key, and how long it may take over it."""

from __future__ import annotations

from dataclasses import dataclass, field

from captions.tts.provider import Provider
from captions.tts.providers import PROVIDERS
from captions.tts.vendors.vachana_voices import CATALOGUE, Catalogue
from captions.upstream.secret import Auth, Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A provider that can be called. Addresses are bases without a path.

    ``is_local`` says that the text does not leave this machine.
    """

    provider_name: str
    ws_url: str
    http_url: str
    key: Secret = field(default_factory=Secret)
    auth: Auth = "header"
    is_local: bool = False
    connect_timeout_s: float = 5.0
    first_byte_timeout_s: float = 30.0
    """From a text to its first audio."""
    idle_timeout_s: float = 10.0
    """Between two pieces of audio."""
    quota_wait_s: float = 5.0
    """Before a refused text is sent again where the provider does not say when; it doubles."""
    quota_give_up_s: float = 60.0
    """Of waiting in all, until a refusal is final."""
    max_message_bytes: int = 16 * 1024 * 1024
    catalogue: Catalogue = field(default_factory=lambda: CATALOGUE, hash=False)
    """Voices of a provider that has no list of them to ask for."""

    @property
    def provider(self) -> Provider:
        return PROVIDERS[self.provider_name]

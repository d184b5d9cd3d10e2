"""A provider's refusal as an error of ours: without the key, and with what to do about it."""

from __future__ import annotations

from captions.errors import VoiceRefused
from captions.tts.events import Refused
from captions.tts.service import Service
from captions.upstream.redaction import without


def refused(service: Service, found: Refused, retry_after_s: float | None = None) -> VoiceRefused:
    """The error for what a provider said; ``retry_after_s`` where it said when to ask again."""
    return VoiceRefused(
        without(service.key, found.message),
        service=service.provider.label,
        variable=service.provider.key_variable,
        kind=found.kind,
        upstream_code=without(service.key, found.upstream_code),
        retry_after_s=retry_after_s,
        request_id=without(service.key, found.request_id),
    )

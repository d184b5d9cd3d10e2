"""A provider's refusal as an error of ours: without the key, and with what to do about it."""

from __future__ import annotations

from captions.errors import VoiceRefused
from captions.tts.service import Service
from captions.upstream.faults import Fault


def refused(service: Service, fault: Fault, retry_after_s: float | None = None) -> VoiceRefused:
    """The error for what a provider said; ``retry_after_s`` where it said when to ask again."""
    fault = fault.redacted(service.key)
    return VoiceRefused(
        fault.message,
        service=service.provider.label,
        variable=service.provider.key_variable,
        kind=fault.kind,
        upstream_code=fault.upstream_code,
        retry_after_s=retry_after_s,
        request_id=fault.request_id,
    )

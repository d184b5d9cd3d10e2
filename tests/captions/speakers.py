"""Who may have text spoken, and what: for tests of the playground."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Permission

TTS = "/ws/tts/"
VOICE = "vl-xiaoxiao"
TEXT = "The doors open at nine. Come early."
# The tone of the local speech server lasts 60 ms a character (voice-API contract, 8.3).
TEXT_MS = 60 * len(TEXT)
LONG = "The doors open at nine. " * 200
"""Nearly five minutes."""


def allow(user: Any) -> Any:
    """Let an account have text spoken. Synchronous: it asks the database."""
    user.user_permissions.add(Permission.objects.get(codename="speak", content_type__app_label="captions"))
    return type(user).objects.get(pk=user.pk)


def a_speech(text: str = TEXT, **more: Any) -> dict[str, Any]:
    """A speech as a page writes it."""
    fields = {"provider": "voxnexus", "transport": "websocket", "text": text, "voice": VOICE, "options": {}}
    return fields | more

"""What a text is cut into for its provider. Pure."""

from __future__ import annotations

from captions.tts import ssml
from captions.tts.providers import PROVIDERS
from captions.tts.speech import Speech
from captions.tts.text import split


def pieces_of(speech: Speech) -> tuple[str, ...]:
    """Each short enough for one request; with tags, each a text with tags by itself."""
    cut = ssml.split if speech.is_ssml else split
    return cut(speech.text, PROVIDERS[speech.provider].longest_characters)

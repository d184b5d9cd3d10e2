"""All who speak, and whether something can be spoken by one of them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from captions.errors import BadField
from captions.tts import ssml
from captions.tts.provider import Provider
from captions.tts.speech import Speech
from captions.tts.vendors.vachana import VACHANA
from captions.tts.vendors.voicemaker import VOICEMAKER
from captions.tts.vendors.voxnexus import VOXNEXUS
from captions.words import gettext_noop as _

NO_TEXT = _("There is nothing to speak. Type a text first.")
TOO_LONG = _(
    "This text has %(characters)s characters; at most %(most)s can be spoken at once."
    " Shorten it, or speak it in parts."
)
NO_PROVIDER = _("There is no such provider here. Choose one of the list.")
NO_TRANSPORT = _("%(provider)s cannot be reached in this way. Choose one of: %(transports)s.")
NO_VOICE = _("Choose a voice first.")
NO_LANGUAGE = _("%(provider)s has to be told the language. Choose the language of the text.")
NO_OPTION = _("%(provider)s has no setting of this name, or not for this choice: %(option)s.")

PROVIDERS: Mapping[str, Provider] = {provider.name: provider for provider in (VOXNEXUS, VOICEMAKER, VACHANA)}


def checked(speech: Speech, *, most_characters: int) -> Speech:
    """The speech with every value as it is sent, defaults filled in.

    Raises :class:`BadField`, which names the field and says what would do.
    """
    provider = PROVIDERS.get(speech.provider)
    if provider is None:
        raise BadField("provider", NO_PROVIDER)
    if speech.transport not in provider.transports:
        known = ", ".join(provider.transports)
        raise BadField("transport", NO_TRANSPORT, provider=provider.label, transports=known)
    if not speech.text.strip():
        raise BadField("text", NO_TEXT)
    if len(speech.text) > most_characters:
        raise BadField("text", TOO_LONG, characters=len(speech.text), most=most_characters)
    if not speech.voice:
        raise BadField("voice", NO_VOICE)
    if provider.needs_language and not speech.language:
        raise BadField("language", NO_LANGUAGE, provider=provider.label)
    speech = replace(speech, options=_options(provider, speech))
    if speech.is_ssml:
        ssml.check(speech.text)
    return speech


def _options(provider: Provider, speech: Speech) -> dict[str, Any]:
    """Those that mean something for this speech, each as it is sent."""
    known = provider.options_for(speech.transport)
    given = {name: value for name, value in speech.options.items() if value is not None}
    values = {
        name: option.checked(given[name]) if name in given else option.default
        for name, option in known.items()
        if name in given or option.default is not None
    }
    meant = {name: value for name, value in values.items() if known[name].applies(speech.voice, values)}
    for name in speech.options:
        if name not in known or (name in given and name not in meant):
            raise BadField("options", NO_OPTION, provider=provider.label, option=name[:60])
    return meant

"""What voxweb raises on purpose; the only tree of errors that crosses a module's border.

    CaptionError
    ├── BadMessage                  a browser sent something that is not a message of ours
    ├── BadField                    a value a person typed that cannot be used
    ├── RoomError
    │   ├── RoomNotFound · RoomClosed · SlugTaken
    │   ├── NotSignedIn · NotAllowed ── GuestLinkOver · OverlayLinkOver · OverlayLinkNeeded · EmbedRefused
    │   ├── GuestLinkUnknown · OverlayLinkUnknown
    │   └── HostTaken · Superseded
    ├── SessionError
    │   └── SessionUnknown · SessionOver · SessionStillLive · LeaseLost
    ├── AudioError
    │   └── BadChunk · Overrun
    ├── SpendError
    │   └── NearLimit · UsedUp       of the minutes that may be used in a day
    ├── SlowReader                  a socket that does not take what it is sent
    ├── Flooding                    a socket that goes on sending far more than is due
    ├── Unavailable                 something of ours is away for a moment, such as the database
    ├── StoreBehind                 captions wait to be stored
    ├── SpeechError                 of what is to be spoken
    │   ├── SpeechNotAllowed · SpeechUsedUp · SpeechUnknown · SpeechUnheard
    │   ├── SpeechBusy ── SpeechCrowded
    │   └── ListeningOff · ReadingPast · ReadingFailed · ListeningUsedUp     of captions read out
    └── UpstreamError
        ├── UpstreamRefused · UpstreamLost (retryable) · UpstreamGarbled (retryable)
        ├── UpstreamGone            away for longer than a session waits
        └── VoiceRefused · VoiceLost (retryable) · VoiceGarbled · VoiceSilent   of the service that speaks

Each class has a stable ``code`` (browsers and logs see it), a WebSocket ``close_code`` from the
private range 4000–4999 (RFC 6455, 7.4.2), an ``http_status``, and says whether the connection it
happens on can go on (``fatal``). The sentence a person reads is made in ``__str__``.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, ClassVar

from captions.words import gettext_noop as _


class CaptionError(Exception):
    """Base class: ``except CaptionError`` catches exactly what voxweb raises on purpose."""

    code: ClassVar[str] = "captions.error"
    close_code: ClassVar[int] = 4000
    http_status: ClassVar[int] = 400
    fatal: ClassVar[bool] = True
    sentence: ClassVar[str] = _("Something went wrong with these captions.")

    values: Mapping[str, object] = {}
    """What stands in the sentence for its ``%(name)s``; where there is nothing, a ``%`` is a ``%``."""

    @property
    def retryable(self) -> bool:
        """Whether the same thing, tried again later, may succeed."""
        return False

    @property
    def template(self) -> str:
        """The sentence without its values, as the catalogs have it."""
        return super().__str__() or self.sentence

    def __str__(self) -> str:
        return self.template % self.values if self.values else self.template


class BadMessage(CaptionError):
    """A text message of a browser that is not JSON, has no known type, or lacks a field."""

    code = "message.bad"
    close_code = 4400
    fatal = False
    sentence = _("That message was not understood.")


class BadField(CaptionError):
    """A value that cannot be used; ``field`` names where it was typed, the message says what to do."""

    code = "field.bad"
    close_code = 4422
    http_status = 422
    fatal = False
    sentence = _("That value cannot be used.")

    def __init__(self, field: str, message: str = "", **values: object) -> None:
        super().__init__(message) if message else super().__init__()
        self.field = field
        self.values = values


class RoomError(CaptionError):
    """Something about a room, or about who may do what in it."""

    code = "room.error"


class RoomNotFound(RoomError):
    code = "room.not_found"
    close_code = 4404
    http_status = 404
    sentence = _("There is no room with this link. Check the link, or ask the person who sent it.")


class RoomClosed(RoomError):
    code = "room.closed"
    close_code = 4410
    http_status = 410
    sentence = _("This room is closed. Its owner can open it again on the room's page.")


class SlugTaken(RoomError):
    code = "room.slug_taken"
    close_code = 4409
    http_status = 409
    sentence = _("Another room already has this link. Choose another one, or leave it empty.")


class NotSignedIn(RoomError):
    code = "room.not_signed_in"
    close_code = 4401
    http_status = 401
    sentence = _("Sign in first: this needs an account.")


class NotAllowed(RoomError):
    code = "room.not_allowed"
    close_code = 4403
    http_status = 403
    sentence = _("This account may not do that in this room. Its owner can add you.")


class GuestLinkUnknown(RoomError):
    code = "guest.link_unknown"
    close_code = 4404
    http_status = 404
    sentence = _(
        "This guest link leads nowhere: part of it is missing, or its room is gone."
        " Copy the whole link, or ask the person who sent it for a new one."
    )


class GuestLinkOver(NotAllowed):
    """A guest link that was good once; by the code, a refusal like any other."""

    http_status = 410
    sentence = _("This guest link is no longer good. Ask the person who sent it for a new one.")


class OverlayLinkUnknown(RoomError):
    """A key that is no overlay's of this room: not whole, another room's, or of a link that is deleted."""

    code = "overlay.unknown"
    close_code = 4404
    http_status = 404
    sentence = _("This overlay link leads nowhere. Copy the whole address from the room's page.")


class OverlayLinkOver(NotAllowed):
    """An overlay's link that was good once."""

    code = "overlay.revoked"
    http_status = 410
    sentence = _("This overlay link was revoked. Make a new one on the room's page.")


class OverlayLinkNeeded(NotAllowed):
    """An overlay without a key, of a room that is not for everyone."""

    code = "overlay.needed"
    sentence = _("This room is for its members only. Make a link for its overlay on the room's page.")


class EmbedRefused(NotAllowed):
    """Pages of ``origin`` may not show a room's captions; ``""`` stands for a page that has none to allow."""

    code = "embed.refused"

    sentence = _("This site may not show these captions. The room's owner can allow it: %(origin)s")
    without_origin: ClassVar[str] = _(
        "This page may not show these captions: it is a file or in a sandboxed frame,"
        " so it has no address that the room's owner could allow."
    )

    def __init__(self, origin: str = "") -> None:
        super().__init__() if origin else super().__init__(self.without_origin)
        self.origin = origin
        self.values = {"origin": origin} if origin else {}


class HostTaken(RoomError):
    """Another host is on the air; ``session_id`` names the session that is."""

    code = "room.host_taken"
    close_code = 4409
    http_status = 409
    sentence = _("Somebody is already on the air in this room. Take over to go on the air instead.")

    def __init__(self, message: str = "", *, session_id: str = "") -> None:
        super().__init__(message) if message else super().__init__()
        self.session_id = session_id


class Superseded(RoomError):
    code = "room.superseded"
    close_code = 4408
    http_status = 409
    sentence = _("This session goes on in another tab or with another host.")


class SessionError(CaptionError):
    """Something about one run of a microphone."""

    code = "session.error"


class SessionUnknown(SessionError):
    """No such session in this room: unknown, deleted, or another room's."""

    code = "session.unknown"
    close_code = 4404
    http_status = 404
    sentence = _("There is no such session in this room. Start a new one.")


class SessionOver(SessionError):
    code = "session.over"
    close_code = 4410
    http_status = 410
    sentence = _("This session is over. Start a new one.")


class SessionStillLive(SessionError):
    code = "session.still_live"
    close_code = 4409
    http_status = 409
    sentence = _("This session is still on the air. Stop it first.")


class LeaseLost(SessionError):
    """This worker no longer speaks for the session: another one has claimed it since."""

    code = "session.lease_lost"
    close_code = 4408
    http_status = 409
    sentence = _("This session is continued elsewhere.")


class AudioError(CaptionError):
    """Something about the audio a host sends; the connection goes on."""

    code = "audio.error"
    fatal = False


class BadChunk(AudioError):
    code = "audio.bad_chunk"
    close_code = 4422
    sentence = _("That piece of audio was not understood.")


class Overrun(AudioError):
    code = "audio.too_fast"
    close_code = 4429
    http_status = 429
    sentence = _("Audio comes in much faster than it can have been spoken. Send it again more slowly.")


class SpendError(CaptionError):
    """Something about the minutes of speech that may be used in a day; ``limit`` says whose."""

    code = "spend.error"

    def __init__(self, message: str = "", *, limit: str = "", **values: object) -> None:
        super().__init__(message) if message else super().__init__()
        self.limit = limit
        self.values = values


class NearLimit(SpendError):
    """Most of a day's minutes are used. A warning: the session goes on."""

    code = "spend.near"
    fatal = False
    sentence = _("Little of today's speech time is left.")


class UsedUp(SpendError):
    code = "spend.used_up"
    close_code = 4402
    http_status = 429
    sentence = _("Today's speech time is used up. Ask whoever runs this site for more.")

    @property
    def retryable(self) -> bool:
        """The next day begins anew."""
        return True


class SpeechError(CaptionError):
    """Something about what is to be spoken; the connection goes on."""

    code = "speech.error"
    fatal = False


class SpeechNotAllowed(SpeechError):
    code = "speech.not_allowed"
    close_code = 4403
    http_status = 403
    sentence = _("This account may not have text spoken. Whoever runs this site can allow it.")


class SpeechUsedUp(SpeechError):
    """A day's characters do not suffice for this text; ``limit`` says whose they are."""

    code = "speech.used_up"
    http_status = 429
    sentence = _("This text is longer than what is left of today's characters.")

    def __init__(self, message: str = "", *, limit: str = "", **values: object) -> None:
        super().__init__(message) if message else super().__init__()
        self.limit = limit
        self.values = values


class ListeningOff(SpeechError):
    code = "listening.off"
    http_status = 404
    sentence = _("The captions of this room are not read out now. Its owner can turn that on.")


class ReadingPast(SpeechError):
    """A caption that is not, or no longer, to be read out."""

    code = "listening.past"
    http_status = 410
    sentence = _("This caption is not read out any more: only what has just been said is.")


class ReadingFailed(SpeechError):
    code = "listening.failed"
    http_status = 502
    sentence = _("This caption could not be read out. The next one is tried again.")


class ListeningUsedUp(SpeechError):
    code = "listening.used_up"
    http_status = 429
    sentence = _("What may be read out in this room today is used up. It begins anew tomorrow.")


class SpeechBusy(SpeechError):
    """So many requests of one provider are under way that no further one is made."""

    code = "speech.busy"
    http_status = 429
    sentence = _(
        "%(service)s is speaking for %(most)s others already. Wait a little, then press Speak again."
    )

    def __init__(self, *, service: str, most: int) -> None:
        super().__init__()
        self.values = {"service": service, "most": most}

    @property
    def retryable(self) -> bool:
        """Others will have finished."""
        return True


class SpeechCrowded(SpeechBusy):
    """An account has as many texts spoken as it may at once; ``most`` is how many."""

    sentence = _(
        "%(most)s of your texts are being spoken already, and no more may be at once."
        " Stop one, or wait until one is done."
    )

    def __init__(self, *, most: int) -> None:
        super().__init__(service="", most=most)
        self.values = {"most": most}


class SpeechUnheard(SpeechError):
    """Nobody took any audio for ``waited_s`` seconds."""

    code = "speech.unheard"
    http_status = 408
    sentence = _(
        "Nothing of this speech was taken for %(waited_s)s s, so it was stopped."
        " Press Speak to hear it again."
    )

    def __init__(self, *, waited_s: float) -> None:
        super().__init__()
        self.values = {"waited_s": f"{waited_s:g}"}


class SpeechUnknown(SpeechError):
    """No such kept try: deleted, never kept, or of an address that was cut off."""

    code = "speech.unknown"
    http_status = 404
    sentence = _("There is no such try. Its owner may have deleted it.")


class SlowReader(CaptionError):
    code = "socket.slow"
    close_code = 4508
    http_status = 503
    sentence = _("This connection fell too far behind. Connect again and catch up.")


class Flooding(CaptionError):
    code = "socket.flooding"
    close_code = 4429
    http_status = 429
    sentence = _("This connection sent far more than can be used, for too long. Connect again and send less.")


class Unavailable(CaptionError):
    code = "server.unavailable"
    close_code = 4503
    http_status = 503
    sentence = _("This cannot be done for a moment. Try again.")

    @property
    def retryable(self) -> bool:
        """It will pass."""
        return True


class StoreBehind(CaptionError):
    """Finals cannot be stored for the moment; ``waiting`` of them wait, ``bound`` may."""

    code = "store.behind"
    close_code = 4503
    http_status = 503
    fatal = False

    sentence = _(
        "The database cannot be written. Captions that wait to be stored, and are not shown as final until"
        " then: %(waiting)s. Go on speaking. When %(bound)s wait, recognition waits as well, and %(kept_s)s s"
        " of audio are kept. If this lasts, tell whoever runs the site."
    )
    sentence_when_full: ClassVar[str] = _(
        "The database cannot be written, so recognition waits until it is back. Captions that wait to be"
        " stored: %(waiting)s. %(kept_s)s s of audio are kept; older audio will be missing from the"
        " transcript, which says so. Tell whoever runs the site."
    )

    def __init__(self, *, waiting: int, bound: int, kept_s: int, is_full: bool = False) -> None:
        super().__init__(self.sentence_when_full) if is_full else super().__init__()
        self.waiting = waiting
        self.bound = bound
        self.kept_s = kept_s
        self.is_full = is_full
        self.values = {"waiting": waiting, "bound": bound, "kept_s": kept_s}


class FaultKind(StrEnum):
    """Classes of an upstream's refusals (voice-API contract, section 7)."""

    AUTH = "auth"
    QUOTA = "quota"
    CONFIG = "config"
    TRANSIENT = "transient"
    PROTOCOL = "protocol"


ADVICE: dict[str, str] = {
    FaultKind.AUTH: _(
        "The speech service does not accept this site's key."
        " Whoever runs the site must check VOXNEXUS_API_KEY."
    ),
    FaultKind.QUOTA: _(
        "The speech service has no room for this session now. Wait a little, then start again."
    ),
    FaultKind.CONFIG: _(
        "The speech service cannot do what this site asks of it."
        " Whoever runs the site must check its settings."
    ),
    FaultKind.TRANSIENT: _("The speech service has a fault that should pass."),
    FaultKind.PROTOCOL: _("The speech service did not understand this site."),
    "UNSUPPORTED_LANGUAGE": _(
        "The speech service in use does not know this language. Choose another one, then start again."
    ),
}
"""What to do about a refusal: by its code where that says more, else by its kind."""


class UpstreamError(CaptionError):
    """Something between us and the speech service. Its message never holds a key."""

    code = "upstream.error"
    close_code = 4502
    http_status = 502
    sentence = _("The speech service could not be used.")
    request_id: str = ""
    """What the speech service calls the request that failed, where it said so: for its makers' support."""


class UpstreamRefused(UpstreamError):
    """The speech service said no; ``kind`` says why, ``retry_after_s`` when to ask again."""

    code = "upstream.refused"
    sentence = _("The speech service refused.")

    def __init__(
        self,
        message: str = "",
        *,
        kind: FaultKind = FaultKind.CONFIG,
        upstream_code: str = "",
        retry_after_s: float | None = None,
        request_id: str = "",
    ) -> None:
        super().__init__(message) if message else super().__init__()
        self.request_id = request_id
        self.kind = kind
        self.upstream_code = upstream_code
        self.retry_after_s = retry_after_s

    @property
    def template(self) -> str:
        """What to do about it."""
        return ADVICE.get(self.upstream_code) or ADVICE[self.kind]

    def __str__(self) -> str:
        """What to do about it, then what the service itself said."""
        said = " ".join(map(str, self.args)).strip()
        if said:
            return f"{self.template} It says: {said}"
        return f"{self.template} ({self.upstream_code})" if self.upstream_code else self.template

    @property
    def retryable(self) -> bool:
        """A quota or a passing fault may lift; a wrong key or setting will not."""
        return self.kind in {FaultKind.QUOTA, FaultKind.TRANSIENT}


class UpstreamLost(UpstreamError):
    code = "upstream.lost"
    sentence = _("The connection to the speech service was lost.")

    @property
    def retryable(self) -> bool:
        """A new connection may work."""
        return True


class UpstreamGarbled(UpstreamError):
    code = "upstream.garbled"
    sentence = _("The speech service sent something that is not its protocol.")

    @property
    def retryable(self) -> bool:
        """A new connection may work."""
        return True


class UpstreamGone(UpstreamError):
    """The speech service was away for so long that a session gives up; ``last`` is what it said last."""

    code = "upstream.gone"
    sentence = _("The speech service was away for too long.")

    def __init__(self, *, away_s: float, last: UpstreamError | None = None) -> None:
        super().__init__()
        self.away_s = away_s
        self.last = last

    def __str__(self) -> str:
        minutes = max(1, round(self.away_s / 60))
        said = f" {self.last}" if self.last is not None else ""
        return (
            f"The speech service could not be used for {minutes} min, so this session has ended."
            f" Start again when it is back.{said}"
        )


VOICE_ADVICE: dict[FaultKind, str] = {
    FaultKind.AUTH: _(
        "%(service)s does not accept this site's key. Whoever runs the site must check %(variable)s."
    ),
    FaultKind.QUOTA: _("%(service)s has no room for this now. Wait a little, then press Speak again."),
    FaultKind.CONFIG: _("%(service)s cannot speak this as it is set. Change what it names, then try again."),
    FaultKind.TRANSIENT: _("%(service)s has a fault that should pass. Try again in a moment."),
    FaultKind.PROTOCOL: _("%(service)s did not understand this site."),
}
"""What to do when a service that speaks refuses, by kind."""


class VoiceRefused(UpstreamRefused):
    """A service that speaks said no; ``service`` is its name, ``variable`` where its key is set."""

    code = "voice.refused"
    fatal = False

    def __init__(self, message: str = "", *, service: str, variable: str, **why: Any) -> None:
        super().__init__(message, **why)
        self.values = {"service": service, "variable": variable}

    @property
    def template(self) -> str:
        """What to do about it."""
        return VOICE_ADVICE[self.kind]

    def __str__(self) -> str:
        """What to do about it, then what the service itself said."""
        advice = self.template % self.values
        said = " ".join(map(str, self.args)).strip() or self.upstream_code
        return f"{advice} It says: {said}" if said else advice


class _Voice(UpstreamError):
    """Something on the way to a service that speaks, which is named."""

    fatal = False

    def __init__(self, message: str = "", *, service: str, **values: object) -> None:
        super().__init__(message) if message else super().__init__()
        self.values = {"service": service, **values}


class VoiceLost(_Voice):
    code = "voice.lost"
    sentence = _("%(service)s cannot be reached. Try again in a moment.")
    cut_off: ClassVar[str] = _("%(service)s broke off in the middle. What was heard is all there is.")

    @property
    def retryable(self) -> bool:
        """A new connection may work."""
        return True


class VoiceGarbled(_Voice):
    code = "voice.garbled"
    sentence = _("%(service)s sent something that is not speech. Try again, or choose another voice.")
    no_voices: ClassVar[str] = _("The list of voices of %(service)s cannot be read. Try again in a moment.")
    nothing_said: ClassVar[str] = _(
        "%(service)s has finished without a sound. Is there anything in the text that this voice can say?"
    )


class VoiceSilent(_Voice):
    """Nothing came for ``waited_s`` seconds."""

    code = "voice.silent"
    sentence = _("%(service)s said nothing for %(waited_s)s s, so it was stopped. Try again in a moment.")

"""Answers for scripts: JSON, and errors of ours in the words of the sockets, with their HTTP status."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine, Mapping
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.db import Error as DatabaseFailed
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from captions.conf import conf
from captions.errors import BadField, BadMessage, CaptionError, Unavailable
from captions.live import messages
from captions.live.counts import counts
from captions.live.tts_messages import encode_speech_error
from captions.words import gettext_noop as _

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]
AsyncView = Callable[Concatenate[HttpRequest, P], Coroutine[Any, Any, HttpResponseBase]]

TOO_LONG = _("This is more than a text to be spoken can be: %(most)s characters at most. Shorten it.")


def answered(view: View[P]) -> View[P]:
    """A view whose errors of ours are said as JSON."""

    @wraps(view)
    def wrapper(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except CaptionError as exc:
            return refusal(exc)
        except DatabaseFailed:
            return refusal(Unavailable())

    return wrapper


def awaited(view: AsyncView[P]) -> AsyncView[P]:
    """:func:`answered`, for a view that waits."""

    @wraps(view)
    async def wrapper(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        try:
            return await view(request, *args, **kwargs)
        except CaptionError as exc:
            return refusal(exc)
        except DatabaseFailed:
            return refusal(Unavailable())

    return wrapper


def refusal(error: CaptionError) -> HttpResponse:
    """One error."""
    counts.refusals[error.code] += 1
    return _answer(encode_speech_error(error, None), error.http_status)


def as_json(body: Mapping[str, Any]) -> HttpResponse:
    """What was asked for."""
    return _answer(messages.encode(body), 200)


def body_of(request: HttpRequest) -> dict[str, Any]:
    """The JSON object that a request brings. Raises ``BadMessage``, and ``BadField`` for far too much."""
    most = conf.tts_message_bytes
    written = request.read(most + 1)  # not its body: that is bounded for forms
    if len(written) > most:
        raise BadField("text", TOO_LONG, most=conf.tts_text_characters)
    try:
        body = json.loads(written)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise BadMessage("The body of this request is a JSON object.")
    return body


def _answer(text: str, status: int) -> HttpResponse:
    response = HttpResponse(text, content_type="application/json", status=status)
    response["Cache-Control"] = "no-store"
    return response

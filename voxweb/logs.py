"""Structured logging: one line an event, ``key=value`` while developing, JSON in production.

Every line passes :class:`Redactor`, so that a key cannot reach a log even where a library puts it
into an error's text. Transcript text is never passed to a logger in the first place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import structlog
from structlog.types import EventDict, Processor, WrappedLogger

HIDDEN = "[hidden]"
_TOKEN_IN_URL = re.compile(r"(?i)\b(token|sesame|key)=[^&\s\"']+")
_GUEST_LINK = re.compile(r"(/g/)[^/?#\s\"']+")
_HEADER = re.compile(r"(?i)\b(x-api-key(?:-id)?|authorization)\b\W{1,4}(?:bearer\s+)?[^\s,'\"]+")


class Redactor:
    """A structlog processor that blanks known secrets and anything that looks like one."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = [secret for secret in secrets if len(secret) >= 6]

    def clean(self, text: str) -> str:
        """``text`` without a secret in it."""
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        text = _TOKEN_IN_URL.sub(rf"\1={HIDDEN}", text)
        text = _GUEST_LINK.sub(rf"\1{HIDDEN}", text)
        return _HEADER.sub(rf"\1: {HIDDEN}", text)

    def __call__(self, logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        return {key: self._value(value) for key, value in event.items()}

    def _value(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.clean(value)
        if isinstance(value, dict):
            return {key: self._value(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self._value(item) for item in value]
        return value


class Plain:
    """A structlog processor for lines that people read in a terminal: what would move its cursor, break
    the line elsewhere or turn its direction is written as an escape. JSON does so by itself."""

    def __call__(self, logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        return {key: self.clean(value) if isinstance(value, str) else value for key, value in event.items()}

    @staticmethod
    def clean(text: str) -> str:
        """``text`` with such signs escaped; a line feed is left to the renderer, which does it."""
        if text.isprintable():
            return text
        return "".join(
            char if char.isprintable() or char == "\n" else char.encode("unicode_escape").decode()
            for char in text
        )


def logging_config(*, json: bool, level: str, secrets: Iterable[str]) -> dict[str, Any]:
    """Configure structlog and return Django's ``LOGGING``; both end in the same line format."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    renderers: list[Processor]
    if json:
        renderers = [structlog.processors.JSONRenderer()]
    else:
        order = ["timestamp", "level", "logger", "event"]
        renderers = [Plain(), structlog.processors.LogfmtRenderer(key_order=order)]
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": [*shared, structlog.stdlib.ExtraAdder(allow=("status_code",))],
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.format_exc_info,
                    Redactor(secrets),
                    *renderers,
                ],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Django's own handlers would print a second, unstructured copy.
            "django": {"handlers": [], "propagate": True},
            "django.server": {"handlers": [], "propagate": True},
            # At DEBUG this library logs handshake headers, the key among them.
            "websockets": {"level": "WARNING"},
            "httpx": {"level": "WARNING"},
            # At DEBUG it logs each statement with its values: what was said among them.
            "django.db.backends": {"level": "INFO"},
            "daphne": {"level": "WARNING"},
            "asyncio": {"level": "WARNING"},
            # It tells each sign-in in several lines; what matters we say ourselves.
            "axes": {"level": "ERROR"},
        },
    }

"""References that join log lines: a host's ``trace``, and the ``request`` of each connection. Pure.

A host's page makes a trace and says it in ``start``; it stands in every line of that session, down to what
the speech service calls its request, and in small print on the page, so that somebody who asks for help can
read it out.
"""

from __future__ import annotations

import re
import secrets

ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
"""None of them looks like another one."""
LENGTH = 8
_WELL_FORMED = re.compile(r"[A-Za-z0-9._-]{4,64}", re.ASCII)


def new_id() -> str:
    """A reference for which nobody gave one: 40 bits, which is enough to tell lines of a log apart."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def is_well_formed(text: str) -> bool:
    """Whether a foreign reference may stand in our lines and headers."""
    return _WELL_FORMED.fullmatch(text) is not None


class Trace:
    """A session's trace, as a value for log lines: another page may go on with the session.

    Tasks keep the values that were bound when they began; this one they look up at each line.
    """

    __slots__ = ("current",)

    def __init__(self, current: str) -> None:
        self.current = current

    def __str__(self) -> str:
        return self.current

    def __structlog__(self) -> str:
        """What stands in a line of JSON."""
        return self.current

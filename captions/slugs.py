"""The readable end of a room's links."""

from __future__ import annotations

import re
import secrets
from typing import Final

from captions.errors import BadField
from captions.words import gettext_noop as _

ALPHABET: Final = "bcdfghjkmnpqrstvwxyz23456789"
"""No vowels (no words by accident), nothing that looks like another sign."""
RANDOM_LENGTH: Final = 10
MIN_LENGTH: Final = 3
MAX_LENGTH: Final = 50
RESERVED: Final = frozenset(
    {
        "about", "accounts", "admin", "api", "edit", "embed", "events", "healthz", "help", "home",
        "host", "login", "logout", "metrics", "new", "overlay", "playground", "readyz", "room",
        "rooms", "segments", "session", "sessions", "static", "support", "voxweb", "ws", "www",
    }
)  # fmt: skip
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)


def random_slug() -> str:
    """A slug nobody can guess: 48 random bits, for whoever has it may read the room."""
    return "".join(secrets.choice(ALPHABET) for _ in range(RANDOM_LENGTH))


def validate_slug(slug: str) -> str:
    """``slug`` itself; raises :class:`BadField` with a sentence that says what is wrong with it.

    3 to 50 of a–z, 0–9 and single hyphens between them, and not one of our own paths.
    """
    if not MIN_LENGTH <= len(slug) <= MAX_LENGTH:
        raise BadField(
            "slug", _("A link has %(least)s to %(most)s characters."), least=MIN_LENGTH, most=MAX_LENGTH
        )
    if not _SLUG.fullmatch(slug):
        raise BadField(
            "slug", _("A link has lower-case letters a to z, digits, and single hyphens between them.")
        )
    if slug in RESERVED:
        raise BadField("slug", _("This link is used by the site itself. Choose another one."))
    return slug

"""What the addresses of links end in: the id of a row with a signature over it.

So nobody can guess one, and the database alone opens no room. Whether a link is good is always asked
of its row.
"""

from __future__ import annotations

import base64
import binascii
import uuid
from typing import Final

from django.core import signing

_TOKEN_MAX: Final = 200


def token_of(row_id: uuid.UUID, purpose: str) -> str:
    """The token of a row. One that is made for a ``purpose`` is none for another one."""
    name = base64.urlsafe_b64encode(row_id.bytes).rstrip(b"=").decode("ascii")
    return _signer(purpose).sign(name)


def row_named(written: str, purpose: str) -> uuid.UUID | None:
    """The id of the row that a token stands for; ``None`` for what is no token of ours."""
    if len(written) > _TOKEN_MAX or not written.isascii():
        return None
    try:
        name = _signer(purpose).unsign(written)
        return uuid.UUID(bytes=base64.urlsafe_b64decode(f"{name}=="))
    except (signing.BadSignature, binascii.Error, ValueError):
        return None


def _signer(purpose: str) -> signing.Signer:
    return signing.Signer(salt=purpose, sep=".")

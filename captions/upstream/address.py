"""Where a socket is opened, with its key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Address:
    """A key is in its headers or in its query, so that it does not show itself."""

    url: str
    headers: Mapping[str, str]

    def __repr__(self) -> str:
        return "Address(…)"

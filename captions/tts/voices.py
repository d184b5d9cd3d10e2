"""Voices of providers, as all of them are shown. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MOST_STYLES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """One voice. ``locales`` are BCP 47 tags or bare codes, its own first."""

    provider: str
    id: str
    name: str
    locales: tuple[str, ...] = ()
    gender: str = ""
    age: str = ""
    category: str = ""
    description: str = ""
    styles: tuple[str, ...] = ()
    schema: Mapping[str, Any] | None = None
    """JSON Schema of what ``voice_config`` takes."""

    def as_json(self) -> dict[str, Any]:
        """For pages."""
        return {name: getattr(self, name) for name in self.__slots__}

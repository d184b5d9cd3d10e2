"""The settings of a provider: what each takes, and a sentence for what it does not take. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Any, Literal

from captions.errors import BadField
from captions.words import gettext_noop as _

Kind = Literal["number", "whole", "choice", "switch", "style", "text", "object"]
"""``style`` is one of the voice's own styles."""

LONGEST_WORD = 100
"""Characters of a style or a text."""

OUT_OF_RANGE = _(
    "%(label)s goes from %(low)s to %(high)s. Choose a value in between, or leave it at %(usual)s."
)
NOT_A_NUMBER = _("%(label)s takes a number from %(low)s to %(high)s.")
NOT_A_CHOICE = _("%(label)s takes one of: %(choices)s.")
NOT_A_SWITCH = _("%(label)s is on or off.")
NOT_A_WORD = _("%(label)s takes a word or two.")
NOT_AN_OBJECT = _("%(label)s takes settings by their names, as the voice's description has them.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One setting. ``field`` is what the provider calls it; ``unit`` is shown behind the value.

    ``transports`` are those it can be sent over, ``voices`` how the ids of the voices begin that have it, and
    ``needs`` values that other settings must have; empty means that nothing stands in the way.
    """

    name: str
    field: str = ""
    label: str
    kind: Kind = "number"
    default: Any = None
    low: float | None = None
    high: float | None = None
    step: float | None = None
    unit: str = ""
    choices: tuple[str | int, ...] = ()
    transports: tuple[str, ...] = ()
    voices: tuple[str, ...] = ()
    needs: Mapping[str, tuple[str | int, ...]] = dataclass_field(default_factory=dict)

    def applies(self, voice: str, values: Mapping[str, Any]) -> bool:
        """Whether it has any meaning for this voice, with these values of the other settings."""
        return (not self.voices or voice.startswith(self.voices)) and all(
            values.get(name) in choices for name, choices in self.needs.items()
        )

    def checked(self, value: object) -> Any:
        """The value as it is sent. Raises :class:`BadField` with what would do."""
        if self.kind == "choice":
            return self._chosen(value)
        if self.kind == "object":
            if not isinstance(value, Mapping):
                raise BadField(self.name, NOT_AN_OBJECT, label=self.label)
            return dict(value)
        if self.kind == "switch":
            if not isinstance(value, bool):
                raise BadField(self.name, NOT_A_SWITCH, label=self.label)
            return value
        if self.kind in ("style", "text"):
            return self._word(value)
        return self._number(value)

    def as_json(self) -> dict[str, Any]:
        """For pages, which build a control from it."""
        return {name: getattr(self, name) for name in self.__slots__}

    def _chosen(self, value: object) -> str | int:
        for choice in self.choices:
            if str(value) == str(choice):
                return choice
        choices = ", ".join(map(str, self.choices))
        raise BadField(self.name, NOT_A_CHOICE, label=self.label, choices=choices)

    def _word(self, value: object) -> str:
        if not isinstance(value, str) or len(value) > LONGEST_WORD or not value.isprintable():
            raise BadField(self.name, NOT_A_WORD, label=self.label)
        return value

    def _number(self, value: object) -> float | int:
        low, high = self.low or 0, self.high or 0
        shown = {"label": self.label, "low": f"{low:g}", "high": f"{high:g}"}
        try:
            number = float(value) if isinstance(value, int | float | str) else math.nan
        except (ValueError, OverflowError):
            number = math.nan
        if isinstance(value, bool) or not math.isfinite(number):
            raise BadField(self.name, NOT_A_NUMBER, **shown)
        if not low <= number <= high:
            raise BadField(self.name, OUT_OF_RANGE, **shown, usual=f"{self.default:g}")
        if self.kind == "whole":
            if number != int(number):
                raise BadField(self.name, NOT_A_NUMBER, **shown)
            return int(number)
        return number

"""A key that does not show itself, and how it is sent."""

from __future__ import annotations

from typing import Literal, NoReturn

Auth = Literal["header", "query"]


class Secret:
    """A key that shows itself only to who asks for it by name.

    ``str``, ``repr``, formatting, ``vars`` and pickling give nothing away, so a key cannot reach a
    log line, an error page or a traceback by accident. Empty means that there is no key.
    """

    __slots__ = ("__value",)

    def __init__(self, value: str = "") -> None:
        self.__value = value

    def reveal(self) -> str:
        """The key itself: for the handshake with the upstream, and nothing else."""
        return self.__value

    def __bool__(self) -> bool:
        return bool(self.__value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other.__value == self.__value

    def __hash__(self) -> int:
        return hash((Secret, self.__value))

    def __repr__(self) -> str:
        return "Secret('…')" if self.__value else "Secret('')"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(repr(self), spec)

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: object) -> Secret:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is not written down")

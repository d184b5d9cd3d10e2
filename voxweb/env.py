"""Typed readers of the process's environment: the only module that looks at ``os.environ``.

Built on environs, which reads ``NAME_FILE`` in place of ``NAME`` and names the variable in every
refusal. What is read here is refused by :func:`refuse` in one sentence that says what to do.
"""

from __future__ import annotations

import json
import math
import os
import secrets
from pathlib import Path
from typing import Any, NoReturn

from django.core.exceptions import ImproperlyConfigured
from environs import EnvError, FileAwareEnv

_env = FileAwareEnv(strip_whitespace=True)


def refuse(name: str, why: object) -> NoReturn:
    """End the start with one sentence about one variable; never quotes a secret's value."""
    raise ImproperlyConfigured(f"{name}: {why}") from None


def flag(name: str, default: bool = False) -> bool:
    """A switch: ``1/0``, ``true/false``, ``yes/no``, ``on/off``; empty means the default."""
    if not text(name):
        return default
    try:
        return _env.bool(name)
    except EnvError:
        refuse(name, f"{text(name)!r} is neither on nor off. Use 1 or 0.")


def whole(name: str, default: int, *, low: int = 0, high: int = 2**31) -> int:
    """A whole number from ``low`` to ``high``."""
    if not text(name):
        return default
    try:
        value = _env.int(name)
    except EnvError:
        refuse(name, f"{text(name)!r} is not a whole number.")
    if not low <= value <= high:
        refuse(name, f"{value} is not between {low} and {high}.")
    return value


def numbers(prefix: str) -> dict[str, float]:
    """All variables that begin so and are not empty, by the rest of their names: numbers from 0 on."""
    named = [name for name in sorted(os.environ) if name.startswith(prefix) and text(name)]
    return {name.removeprefix(prefix): _number(name) for name in named}


def _number(name: str) -> float:
    try:
        value = _env.float(name)
    except EnvError:
        refuse(name, f"{text(name)!r} is not a number.")
    if not 0 <= value < math.inf:
        refuse(name, f"{text(name)!r} is not a number from 0 on.")
    return value


def text(name: str, default: str = "") -> str:
    """A piece of text; an empty variable counts as unset."""
    try:
        return _env.str(name, default) or default
    except UnicodeDecodeError:
        refuse(f"{name}_FILE", "the file it names holds something else than text in UTF-8.")
    except OSError as exc:
        # Never quoted: whoever mistook this variable for the other one has put the key itself here.
        refuse(f"{name}_FILE", f"must be a readable file path ({exc.strerror}).")
    except (EnvError, ValueError) as exc:
        refuse(name, exc)


def structure(name: str) -> Any:
    """JSON, or the path of a file that holds some; ``None`` where there is nothing."""
    value = text(name).strip()
    if not value:
        return None
    try:
        written = value if value[0] in "[{" else Path(value).expanduser().read_text(encoding="utf-8")
    except (OSError, ValueError):
        refuse(name, "neither JSON, which begins with [ or {, nor the path of a readable file.")
    try:
        return json.loads(written)
    except (ValueError, RecursionError):
        refuse(name, "this is not JSON.")


class Unshown(str):
    """A secret that Django needs as text: a dump of the settings, which writes ``repr``, does not show it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'…'" if self else "''"


def choice(name: str, default: str, *choices: str) -> str:
    """One of a few words."""
    value = text(name, default)
    if value not in choices:
        refuse(name, f"{value!r} is not one of {', '.join(choices)}.")
    return value


def words(name: str, default: list[str] | None = None) -> list[str]:
    """A list, separated by commas."""
    return [word.strip() for word in text(name).split(",") if word.strip()] or list(default or [])


def base_url(name: str, default: str, *schemes: str) -> str:
    """A base address without a path: ``scheme://host[:port]``."""
    value = text(name, default).rstrip("/")
    scheme, _, rest = value.partition("://")
    if scheme not in schemes or not rest:
        refuse(name, f"{value!r} does not begin with {' or '.join(s + '://' for s in schemes)}.")
    if "/" in rest or "?" in rest or "@" in rest:
        refuse(name, "give the scheme, host and port only: no path, no query, no password.")
    return value


def folder(name: str, default: Path) -> Path:
    """A folder, as an absolute path; it need not exist yet."""
    return Path(text(name, str(default))).expanduser().resolve()


def kept_secret(path: Path) -> str:
    """The secret kept in a file that only its owner can read; made when it is missing."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(50), encoding="ascii")
    return path.read_text(encoding="ascii").strip()

"""Modules of ours as one script, for sites that are not ours: what they load is small, and one request.

Each module becomes a function that is called once, in the order in which they need each other, so none sees
what another one keeps to itself. That is all of a bundler that modules like ours need; what they may not do
(a default export, a name that changes after it was exported) is refused.
"""

from __future__ import annotations

import posixpath
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Final

import structlog

log = structlog.get_logger(__name__)

_IMPORT: Final = re.compile(r'^import (?:\* as (\w+)|(\{[^}]*\})) from "(\.[^"]+)";\n', re.MULTILINE)
_EXPORT: Final = re.compile(r"^export (?=(?:async )?(?:const|function\*?|class) (\w+))", re.MULTILINE)
_UNKNOWN: Final = re.compile(r"^(?:import|export) .*$", re.MULTILINE)
MINIFY_S: Final = 30.0

TextOf = Callable[[str], str]
"""The source of a module by its name among the static files."""


def modules_of(name: str, text_of: TextOf) -> list[str]:
    """A module and all that it imports when it is loaded, each once, after what it needs itself."""
    found: dict[str, None] = {}

    def visit(each: str) -> None:
        if each not in found:
            for path in (match[3] for match in _IMPORT.finditer(text_of(each))):
                visit(beside(each, path))
            found[each] = None

    visit(name)
    return list(found)


def beside(name: str, path: str) -> str:
    """What a module means by a path."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), path))


def joined(names: Iterable[str], text_of: TextOf) -> str:
    """Statements that make each module, in this order, as a constant named by :func:`constant`."""
    return "\n".join(f"const {constant(name)} = {_called(name, text_of(name))};" for name in names)


def constant(name: str) -> str:
    """What a module is called among its fellows."""
    return re.sub(r"\W", "_", name)


def _called(name: str, text: str) -> str:
    exported = _EXPORT.findall(text)
    body = _EXPORT.sub("", _IMPORT.sub(lambda match: _taken(name, match), text))
    if unknown := _UNKNOWN.search(body):
        raise ValueError(f"{name} cannot be joined with others: {unknown[0]}")
    return f"(() => {{\n{body}\nreturn {{ {', '.join(exported)} }};\n}})()"


def _taken(name: str, match: re.Match[str]) -> str:
    what = match[1] or match[2].replace(" as ", ": ")
    return f"const {what} = {constant(beside(name, match[3]))};\n"


# In a process of its own: it brings the runtime of another language, which has its own mind about signals.
_PROGRAM: Final = "import minify, sys; sys.stdout.write(minify.string(sys.argv[1], sys.stdin.read()))"


def minified(kind: str, text: str) -> str:
    """The same in fewer bytes; ``kind``: its media type. Where that cannot be done, as it is."""
    command: Sequence[str] = [sys.executable, "-X", "utf8", "-c", _PROGRAM, kind]
    try:
        done = subprocess.run(  # noqa: S603
            command, input=text, capture_output=True, encoding="utf-8", check=True, timeout=MINIFY_S
        )
    except (OSError, subprocess.SubprocessError) as exc:
        log.warning("not_minified", kind=kind, error=type(exc).__name__)
        return text
    return done.stdout

"""Finds a secret wherever it may have got to, in whatever it may have been wrapped.

Its heart is a run of letters and digits, which no quoting changes: URL, JSON, HTML, repr and shell leave it
as it is. What is not quoting is looked for besides: base64 at each of its three places, hexadecimal, UTF-16.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field
from pathlib import Path

FRAME = "vn+/\"{}\\%&<='#?"
"""What stands around the heart: all that URLs, JSON, HTML and shells quote."""


def key_around(heart: str) -> str:
    """A key that everything has to quote."""
    return FRAME.format(heart)


def wrappings(heart: str) -> dict[str, bytes]:
    """The heart in each form that survives quoting, by name."""
    plain = heart.encode()
    found = {"plain": plain, "utf-16": heart.encode("utf-16-le")}
    found["hex"] = plain.hex().encode()
    found["HEX"] = plain.hex().upper().encode()
    for shift in range(3):
        # The signs that hold something of what stands before or behind it are left out.
        whole = b64encode(b"\0" * shift + plain)
        found[f"base64 +{shift}"] = whole[-(-8 * shift // 6) : (8 * (shift + len(plain))) // 6]
    return found


@dataclass
class Scanner:
    """Looks for these secrets, by their names; ``places`` is where it has looked, and how many bytes."""

    hearts: dict[str, str]
    places: dict[str, int] = field(default_factory=dict)
    found: list[str] = field(default_factory=list)

    def look(self, place: str, content: str | bytes) -> None:
        """Search a piece of output."""
        data = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
        self.places[place] = self.places.get(place, 0) + len(data)
        for name, heart in self.hearts.items():
            for form, wrapped in wrappings(heart).items():
                at = data.find(wrapped)
                if at >= 0:
                    around = data[max(0, at - 60) : at + len(wrapped) + 20]
                    self.found.append(f"{name} ({form}) in {place}: …{around!r}…")

    def look_into(self, folder: Path) -> None:
        """Search the name and the bytes of every file below a folder."""
        for path in sorted(folder.rglob("*")):
            self.look("file names", str(path.relative_to(folder)))
            if path.is_file():
                self.look(f"file {path.relative_to(folder)}", path.read_bytes())

    def look_at_processes(self, pids: set[int]) -> None:
        """Search the command lines, which every account of a machine can read."""
        for pid in pids:
            self.look("command lines", Path(f"/proc/{pid}/cmdline").read_bytes())

    def look_at_environment(self, pid: int) -> None:
        """Search the variables a process was started with."""
        self.look("environment", Path(f"/proc/{pid}/environ").read_bytes())

"""How much does a page of another site load to show captions?

    python bench/widget.py

The script of the element as it is sent (`/embed.js`), and the one that comes when a reader opens the settings
or a font of ours is asked for (`/embed-settings.js`), in each way of compressing, beside the files that the
first is made of. Ends with an error where that has 15 kB or more.
"""

from __future__ import annotations

import gzip
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voxweb.settings")
os.environ.setdefault("VOXWEB_DEBUG", "1")

import django

django.setup()

from django.test import Client  # noqa: E402

from captions import bundles, widget  # noqa: E402

MOST_BYTES = 15_000


def sent(path: str, encoding: str) -> int:
    """Bytes of an answer's body."""
    answer = Client().get(path, headers={"accept-encoding": encoding, "host": "localhost"})
    assert answer.status_code == 200, answer.status_code
    return len(answer.content)


def main() -> int:
    sizes = {
        path: [sent(path, encoding) for encoding in ("", "gzip", "br")]
        for path in ("/embed.js", "/embed-settings.js")
    }
    text = widget.text_of
    sources = [text(name).encode() for name in (*bundles.modules_of(widget.ELEMENT, text), *widget.STYLES)]
    print("| | plain | gzip | Brotli |\n| --- | --- | --- | --- |")
    for path, (plain, packed, brotli) in sizes.items():
        print(f"| `{path}` | {plain:,} | {packed:,} | {brotli:,} |")
    separate = sum(len(gzip.compress(source, 9)) for source in sources)
    print(f"| {len(sources)} files of `/embed.js` | {sum(map(len, sources)):,} | {separate:,} | |")
    return int(max(sizes["/embed.js"][1:]) >= MOST_BYTES)


if __name__ == "__main__":
    sys.exit(main())

"""What somebody pastes into a page of theirs to show a room's captions there. Pure.

``site`` is our own address as browsers see it, scheme, name and port: ``https://captions.example.org``.
"""

from __future__ import annotations

from html import escape
from typing import Final

FRAME_HEIGHT_PX: Final = 240


def script_code(site: str, slug: str) -> str:
    """The element, and the script that defines it."""
    return (
        f'<script type="module" src="{escape(site)}/embed.js"></script>\n'
        f'<vox-captions room="{escape(slug)}"></vox-captions>'
    )


def frame_code(site: str, slug: str, *, title: str) -> str:
    """A frame, for where no script may be; ``title`` is what screen readers call it."""
    # No style attribute: a strict site's policy would forbid it. Of the page we are told the origin alone.
    return (
        f'<iframe src="{escape(site)}/embed/{escape(slug)}/" title="{escape(title)}" width="100%"'
        f' height="{FRAME_HEIGHT_PX}" frameborder="0" loading="lazy" referrerpolicy="origin"></iframe>'
    )


def wordpress_code(site: str, slug: str, *, title: str) -> str:
    """The frame as a block of WordPress: pasted into the editor, or into its code."""
    return f"<!-- wp:html -->\n{frame_code(site, slug, title=title)}\n<!-- /wp:html -->"


def policy_lines(site: str) -> list[str]:
    """What a site adds to its Content-Security-Policy: for the script, for its connection, for a frame."""
    scheme, _, name = site.partition("://")
    socket = f"{'wss' if scheme == 'https' else 'ws'}://{name}"
    return [f"script-src {site}", f"connect-src {site} {socket}", f"frame-src {site}"]

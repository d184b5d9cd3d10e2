"""JSON, with everything: words, confidence, revisions."""

from __future__ import annotations

import json

from captions.transcripts.document import Transcript


def compose(transcript: Transcript) -> str:
    """The transcript as indented JSON, in UTF-8's own signs rather than escapes."""
    return json.dumps(transcript, ensure_ascii=False, indent=2) + "\n"

"""Django's admin for all that is stored.

What the services decide is asked of them here as well: an edit is a revision, a deletion takes a
version, and the room's readers are told once it is committed. What a machine said, a revision and a
removal are only ever shown.
"""

from captions.admin import (
    embedding,
    guests,
    listening,
    overlays,
    rooms,
    segments,
    sessions,
    speaking,
    spending,
)

__all__ = [
    "embedding",
    "guests",
    "listening",
    "overlays",
    "rooms",
    "segments",
    "sessions",
    "speaking",
    "spending",
]

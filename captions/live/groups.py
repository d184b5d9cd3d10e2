"""Names on the channel layer: ASCII letters, digits and ``-_.``, under 100 characters (Channels)."""

from __future__ import annotations


def group_name(room_id: int) -> str:
    """The group of one room: the hubs of all processes that have somebody in it are its members."""
    return f"voxweb.room.{room_id}"

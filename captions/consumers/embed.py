"""A socket of captions on another site."""

from __future__ import annotations

from captions import database
from captions.consumers.viewer import ViewerConsumer
from captions.consumers.visitor import foreign_origin
from captions.errors import EmbedRefused, NotAllowed
from captions.live import embeds
from captions.models import Room
from captions.origins import parse
from captions.services.passes import NOT_TO_EMBED, Pass, embed_pass


class EmbedConsumer(ViewerConsumer):
    """``/ws/embed/<slug>/``: a viewer's socket for pages of sites that the room's owner has allowed.

    Pages of ours (the one in a frame) and programs need not be allowed: they read what anybody may.
    """

    def look_at_page(self) -> None:
        """Whose page may ask is the room's decision: it is looked up first."""

    async def _enter(self, slug: str) -> tuple[Room, Pass | None]:
        room, held = await super()._enter(slug)
        sent = foreign_origin(self.scope)
        if sent is None:
            return room, held
        origin = parse(sent)
        if origin is None:
            raise EmbedRefused
        try:
            held = await database.read(embed_pass, room, origin)
        except EmbedRefused:
            embeds.seen(room.pk, str(origin), accepted=False)
            raise
        embeds.seen(room.pk, str(origin), accepted=True)
        return room, held

    async def _show_pass(self, room: Room) -> Pass:
        """No cookie opens a room here: on another site's page a browser may or may not send it.

        An overlay brings a token: it is a page of ours, in a frame or in a program for streaming.
        """
        if self._query("overlay") is not None:
            return await super()._show_pass(room)
        raise NotAllowed(NOT_TO_EMBED)

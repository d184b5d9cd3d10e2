"""A viewer's socket: hello, then all that happens in the room."""

from __future__ import annotations

from urllib.parse import parse_qs

from captions import database
from captions.conf import conf
from captions.consumers.base import Socket
from captions.consumers.visitor import caller, refuse_other_sites, require_our_origin
from captions.errors import RoomClosed
from captions.live import messages
from captions.live.doorkeeper import Place, admitted
from captions.live.hub import RoomHub, in_room
from captions.models import Room
from captions.services.passes import Pass, overlay_pass, view_pass
from captions.services.rooms import find_room


class ViewerConsumer(Socket):
    """``/ws/rooms/<slug>/``: for pages of ours and for programs.

    An account is looked up only where a room asks for one. An overlay says so in its address, by its
    link's token: then it is that which must be good, in a room for everyone, too.
    """

    kind = "viewer"
    held = True

    async def opened(self) -> None:
        """Sit down first, then ask for what there is: nothing falls between the two."""
        self.look_at_page()
        after = messages.parse_version(self._query("after"))
        room, held = await self._enter(self.scope["url_route"]["kwargs"]["slug"])
        self.stack.enter_context(admitted(Place(room.pk, held, self.leave, self._show_pass)))
        self.hub: RoomHub = await self.stack.enter_async_context(in_room(room.pk))
        self.hub.seat(self.outbox)
        self.stack.callback(self.hub.unseat, self.outbox)
        self.outbox.release(await self.hub.greeting(room, after), *self.hub.status)

    def look_at_page(self) -> None:
        """Refuse pages that may not even ask; raises ``CaptionError``."""
        refuse_other_sites(self.scope)

    def heard_text(self, text: str) -> None:
        since = messages.parse_viewer(text, max_bytes=conf.max_text_bytes)

        async def answer() -> None:
            self.tell(await self.hub.changes(since.version))

        self.later(answer)

    async def _enter(self, slug: str) -> tuple[Room, Pass | None]:
        room = await database.read(find_room, slug)
        anybody = room.is_public and self._query("overlay") is None
        held = None if anybody else await self._show_pass(room)
        if not room.is_open:
            raise RoomClosed
        return room, held

    async def _show_pass(self, room: Room) -> Pass:
        """Here a cookie or a token opens the door, so here it matters whose page sent it."""
        require_our_origin(self.scope)
        if (token := self._query("overlay")) is not None:
            return await database.read(overlay_pass, room, token)
        return await database.read(view_pass, room, await caller(self.scope))

    def _query(self, name: str) -> str | None:
        values = parse_qs(self.scope.get("query_string", b"").decode("latin-1")).get(name)
        return values[-1] if values else None

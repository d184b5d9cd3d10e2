"""A viewer's socket: hello, then all that happens in the room."""

from __future__ import annotations

from urllib.parse import parse_qs

from captions import database
from captions.conf import conf
from captions.consumers.base import Socket
from captions.consumers.visitor import require_our_origin, visitor
from captions.errors import NotAllowed, NotSignedIn, RoomClosed
from captions.live import messages
from captions.live.hub import RoomHub, in_room
from captions.models import Room
from captions.services.rooms import find_room, may_view


class ViewerConsumer(Socket):
    """``/ws/rooms/<slug>/`` and ``/ws/embed/<slug>/``.

    An account is looked up only where a room asks for one.
    """

    kind = "viewer"
    held = True

    async def opened(self) -> None:
        """Sit down first, then ask for what there is: nothing falls between the two."""
        after = messages.parse_version(self._query("after"))
        room = await self._enter(self.scope["url_route"]["kwargs"]["slug"])
        self.hub: RoomHub = await self.stack.enter_async_context(in_room(room.pk))
        self.hub.seat(self.outbox)
        self.stack.callback(self.hub.unseat, self.outbox)
        self.outbox.release(await self.hub.greeting(room, after), *self.hub.status)

    def heard_text(self, text: str) -> None:
        since = messages.parse_viewer(text, max_bytes=conf.max_text_bytes)

        async def answer() -> None:
            self.tell(await self.hub.changes(since.version))

        self.later(answer)

    async def _enter(self, slug: str) -> Room:
        room = await database.read(find_room, slug)
        if not room.is_public:
            # Here a cookie opens the door, so here it matters whose page sent it.
            require_our_origin(self.scope)
            user = await visitor(self.scope)
            if not await database.read(may_view, room, user):
                raise NotAllowed if user is not None and user.is_authenticated else NotSignedIn
        if not room.is_open:
            raise RoomClosed
        return room

    def _query(self, name: str) -> str | None:
        values = parse_qs(self.scope.get("query_string", b"").decode("latin-1")).get(name)
        return values[-1] if values else None

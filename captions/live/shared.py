"""Work that several ask for at once, done once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Shared(Generic[K, V]):
    """One task a key, for everybody who waits for it; who leaves takes it from nobody."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._doing: dict[K, asyncio.Task[V]] = {}

    async def get(self, key: K, do: Callable[[], Coroutine[Any, Any, V]]) -> V:
        """What ``do`` gives, or what one that is under way gives. Its error is everybody's."""
        doing = self._doing.get(key)
        if doing is None or doing.get_loop() is not asyncio.get_running_loop():
            doing = self._doing[key] = asyncio.create_task(do(), name=self._name)
            doing.add_done_callback(lambda done: self._over(key, done))
        return await asyncio.shield(doing)

    def _over(self, key: K, done: asyncio.Task[V]) -> None:
        if self._doing.get(key) is done:
            del self._doing[key]
        if not done.cancelled():
            done.exception()  # told to who waits; if they all have gone, nobody is missed

import asyncio

import pytest

from captions.live.shared import Shared


class Counted:
    """Work that waits to be let go, and counts how often it was begun."""

    def __init__(self, error=None):
        self.begun = 0
        self.may_end = asyncio.Event()
        self.error = error

    async def do(self):
        self.begun += 1
        await self.may_end.wait()
        if self.error is not None:
            raise self.error
        return self.begun


async def test_who_asks_meanwhile_gets_the_same():
    work, shared = Counted(), Shared("test")
    asking = [asyncio.create_task(shared.get("key", work.do)) for _ in range(3)]
    await asyncio.sleep(0)
    work.may_end.set()
    assert await asyncio.gather(*asking) == [1, 1, 1]


async def test_who_asks_afterwards_has_it_done_again():
    work, shared = Counted(), Shared("test")
    work.may_end.set()
    assert [await shared.get("key", work.do), await shared.get("key", work.do)] == [1, 2]


async def test_keys_are_done_apart():
    work, shared = Counted(), Shared("test")
    work.may_end.set()
    await asyncio.gather(shared.get("a", work.do), shared.get("b", work.do))
    assert work.begun == 2


async def test_who_leaves_takes_it_from_nobody():
    work, shared = Counted(), Shared("test")
    leaving, staying = (asyncio.create_task(shared.get("key", work.do)) for _ in range(2))
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.wait([leaving])
    work.may_end.set()
    assert await staying == 1


async def test_an_error_is_everybodys_and_not_kept():
    work, shared = Counted(ValueError("nothing to be had")), Shared("test")
    work.may_end.set()
    for begun in (1, 2):
        with pytest.raises(ValueError, match="nothing to be had"):
            await shared.get("key", work.do)
        assert work.begun == begun

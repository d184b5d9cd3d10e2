"""Recognisers that run in threads of the server: for engines that let go of the interpreter's lock."""

from __future__ import annotations

import asyncio
import threading
from queue import SimpleQueue

from captions.speechserver.conversation import End, Reply, Request, serve
from captions.speechserver.engines.base import SttEngine
from captions.speechserver.recogniser import Recogniser, RecogniserLost


class ThreadRecogniser(Recogniser):
    """A session of ``engine`` in a thread that lives as long as the session."""

    def __init__(self, engine: SttEngine) -> None:
        super().__init__()
        self._requests: SimpleQueue[Request] = SimpleQueue()
        self._replies: asyncio.Queue[Reply | None] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()
        self._gone = asyncio.Event()
        self._thread = threading.Thread(target=self._run, args=(engine,), name="recogniser", daemon=True)
        self._thread.start()

    async def end(self) -> None:
        self._requests.put(End())
        await self._gone.wait()
        self._thread.join()

    async def _ask(self, request: Request) -> None:
        self._requests.put(request)

    async def _next(self) -> Reply:
        reply = await self._replies.get()
        if reply is None:
            raise RecogniserLost("the recogniser's thread has ended")
        return reply

    def _run(self, engine: SttEngine) -> None:
        try:
            serve(engine, self._requests, self._reply)
        finally:
            self._tell(self._has_gone)

    def _reply(self, reply: Reply) -> None:
        self._tell(self._replies.put_nowait, reply)

    def _has_gone(self) -> None:
        self._gone.set()
        self._replies.put_nowait(None)

    def _tell(self, call: object, *args: object) -> None:
        try:
            self._loop.call_soon_threadsafe(call, *args)  # type: ignore[arg-type]
        except RuntimeError:
            return  # the loop is closed: nobody is there to be told

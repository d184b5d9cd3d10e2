"""From a library that calls back with audio to blocks that are taken one by one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from queue import SimpleQueue

Give = Callable[[bytes], bool]
"""Takes a block; false once no more are wanted."""


def pumped(synthesise: Callable[[Give], None]) -> Generator[bytes, None, None]:
    """The blocks ``synthesise`` gives, each as soon as it is given, from a thread that never waits for
    them to be taken: a library that is locked is not held by a slow reader.

    Closing the generator makes the next ``give`` answer false, and returns when the thread has ended.
    What ``synthesise`` raises is raised here.
    """
    blocks: SimpleQueue[bytes | None] = SimpleQueue()
    unwanted = threading.Event()
    errors: list[Exception] = []

    def give(block: bytes) -> bool:
        if block:
            blocks.put(block)
        return not unwanted.is_set()

    def run() -> None:
        try:
            synthesise(give)
        except Exception as exc:
            errors.append(exc)
        finally:
            blocks.put(None)

    thread = threading.Thread(target=run, name="synthesis", daemon=True)
    thread.start()
    try:
        while (block := blocks.get()) is not None:
            yield block
    finally:
        unwanted.set()
        thread.join()
    if errors:
        raise errors[0]

"""The process that loads a model and is forked for each session: ``python -m captions.speechserver.nursery``.

It is started by ``processes.py`` and ends when its connection to the server does; so does each of its
children. Arguments: the number of an inherited socket, or "once" for a single session over standard
input and output; the engine's name; perhaps the directory of its model.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import threading
import traceback
from pathlib import Path
from queue import SimpleQueue
from typing import NoReturn

from captions.errors import CaptionError
from captions.speechserver.conversation import (
    HEADER,
    Reply,
    Request,
    decode_request,
    encode_reply,
    serve,
)
from captions.speechserver.engines.base import SttEngine
from captions.speechserver.engines.registry import EngineChoice, build


def main(argv: list[str]) -> None:
    """Serve sessions until the server is gone."""
    how, name, *directory = argv
    # Ctrl+C reaches the whole group; the server alone decides what ends, and in which order.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    choice = EngineChoice(name, Path(directory[0]) if directory else None)
    if how == "once":
        _once(choice)
    with socket.socket(fileno=int(how)) as control:
        try:
            engine = build(choice)
            engine.load()
        except CaptionError as exc:
            control.sendall(json.dumps(str(exc)).encode())
            return
        control.sendall(json.dumps("").encode())
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # children are not waited for, so none stays a zombie
        _fork_when_asked(control, engine)


def _fork_when_asked(control: socket.socket, engine: SttEngine) -> None:
    while True:
        try:
            message, fds, _, _ = socket.recv_fds(control, 16, 1)
        except OSError:
            return
        if not message:
            return
        for fd in fds:
            if os.fork() == 0:
                control.close()
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                _serve_and_exit(engine, fd, fd)
            os.close(fd)


def _once(choice: EngineChoice) -> NoReturn:
    engine = build(choice)
    engine.load()
    # What a library prints must not get among the frames.
    replies = os.dup(1)
    os.dup2(2, 1)
    _serve_and_exit(engine, 0, replies)


def _serve_and_exit(engine: SttEngine, source: int, target: int) -> NoReturn:
    requests: SimpleQueue[Request] = SimpleQueue()
    threading.Thread(target=_read, args=(source, requests), daemon=True).start()

    def reply(message: Reply) -> None:
        data = memoryview(encode_reply(message))
        while data:
            data = data[os.write(target, data) :]

    try:
        serve(engine, requests, reply)
    except BrokenPipeError:
        pass  # the server is gone
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(0)  # a forked child has nothing of the nursery's to tidy up


def _read(source: int, requests: SimpleQueue[Request]) -> None:
    """Turn frames into requests; the end of the stream is the end of the process, at once."""
    while True:
        header = _exactly(source, HEADER.size)
        kind, size = HEADER.unpack(header)
        requests.put(decode_request(kind, _exactly(source, size)))


def _exactly(source: int, size: int) -> bytes:
    data = bytearray()
    while len(data) < size:
        try:
            piece = os.read(source, size - len(data))
        except OSError:
            piece = b""
        if not piece:
            os._exit(0)
        data += piece
    return bytes(data)


if __name__ == "__main__":
    main(sys.argv[1:])

"""The speech server from a command line; knows nothing of Django."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import structlog

from captions.errors import CaptionError
from captions.speechserver.app import SpeechServer, listening
from captions.speechserver.engines.registry import EngineChoice, names
from captions.speechserver.pool import Pool
from captions.speechserver.speaking import local
from captions.speechserver.switches import from_environment

DEFAULT_ENGINE = "pocketsphinx"
DEFAULT_PORT = 8010


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The server's options; their defaults come from the environment."""
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="port; 0 takes a free one")
    parser.add_argument(
        "--fd", type=int, help="number of an inherited listening socket, in place of host and port"
    )
    parser.add_argument(
        "--engine",
        default=os.environ.get("VOXWEB_ENGINE") or DEFAULT_ENGINE,
        help=f"one of {', '.join(names())} (VOXWEB_ENGINE; now: %(default)s)",
    )
    parser.add_argument(
        "--model-dir",
        type=Path,
        default=os.environ.get("VOXWEB_ENGINE_MODEL_DIR") or None,
        help="directory of the engine's model (VOXWEB_ENGINE_MODEL_DIR)",
    )
    parser.add_argument(
        "--tts-engine",
        default=os.environ.get("VOXWEB_TTS_ENGINE") or "auto",
        help=f"what speaks: one of {', '.join(local.ENGINES)} (VOXWEB_TTS_ENGINE; now: %(default)s)",
    )
    parser.add_argument("--sessions", type=int, help="at most so many at a time (default: two a core)")
    parser.add_argument(
        "--until-stdin-closes", action="store_true", help="end when whoever started it is gone"
    )


def run(argv: Sequence[str] | None = None) -> int:
    """Serve until told to end; gives the exit status. Says one line on standard output when ready."""
    parser = argparse.ArgumentParser(prog="speechserver", description=__doc__)
    add_arguments(parser)
    return run_with(parser.parse_args(argv))


def run_with(options: argparse.Namespace) -> int:
    """As ``run``, with arguments that are parsed already."""
    if not structlog.is_configured():
        structlog.configure(
            logger_factory=structlog.PrintLoggerFactory(sys.stderr),
            wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        )
    try:
        asyncio.run(_serve(options))
    except CaptionError as exc:
        sys.stderr.write(f"{exc}\n")
        return 1
    except OSError as exc:
        sys.stderr.write(f"Port {options.port} of {options.host} cannot be used: {exc.strerror or exc}.\n")
        return 1
    return 0


async def _serve(options: argparse.Namespace) -> None:
    told_to_end = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, told_to_end.set)
    if options.until_stdin_closes:
        threading.Thread(target=_watch_stdin, args=(loop, told_to_end), daemon=True).start()
    pool = Pool(EngineChoice(options.engine, options.model_dir), limit=options.sessions)
    server = SpeechServer(
        pool,
        speaker=local.speaker(options.tts_engine),
        switches=from_environment(os.environ),
        host=options.host,
    )
    async with listening(server, host=options.host, port=options.port, fd=options.fd) as port:
        ready = f"speech server ready on http://{options.host}:{port} engine={options.engine}"
        sys.stdout.write(ready + "\n")
        sys.stdout.flush()
        await told_to_end.wait()


def _watch_stdin(loop: asyncio.AbstractEventLoop, told_to_end: asyncio.Event) -> None:
    """Wait for the end of standard input. Read without a buffer: its lock would outlive the server."""
    try:
        while os.read(0, 4096):
            pass
    except OSError:
        pass
    try:
        loop.call_soon_threadsafe(told_to_end.set)
    except RuntimeError:
        return  # the server has ended by itself


if __name__ == "__main__":
    sys.exit(run())

"""``manage.py serve``: everything that a person needs to try voxweb, in one command."""

from __future__ import annotations

import importlib.util
import os
import signal
import socket
import subprocess
import sys
import threading
from typing import Any

from daphne.cli import CommandLineInterface
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse
from sesame.utils import get_query_string

from captions.conf import conf

BACKLOG = 4096
"""Twisted's own 50 refuses most of a hall that opens the link at once."""
OWNER = "owner"
READY_TIMEOUT_S = 60.0
NOT_FOR_CHILDREN = (
    *("VOXNEXUS_", "VOICEMAKER_", "VACHANA_"),
    *("VOXWEB_SECRET_KEY", "DATABASE_URL", "REDIS_URL", "DJANGO_"),
)
"""Beginnings of the variables that the speech server has no use for: it knows no key and no database."""


class SpeechServer:
    """The local speech server as a child process, started again when it dies.

    We hold its listening socket, so its address outlives it, and its standard input, so it ends
    with us however we end.
    """

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._ending = threading.Event()
        self._process = self._spawn()
        self._await_ready()
        threading.Thread(target=self._watch, name="speech-server-watch", daemon=True).start()

    def _spawn(self) -> subprocess.Popen[str]:
        descriptor = self._socket.fileno()
        # Not manage.py: that would read the settings, and want their secrets.
        program = ["-m", "captions.speechserver.main"]
        command = [sys.executable, *program, "--fd", str(descriptor), "--until-stdin-closes"]
        return subprocess.Popen(  # noqa: S603  (our own program, no word of it from outside)
            command,
            cwd=settings.BASE_DIR,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={name: value for name, value in os.environ.items() if not name.startswith(NOT_FOR_CHILDREN)},
            pass_fds=[descriptor],
            # Ctrl-C is for us: we end it when the last words have been recognised.
            start_new_session=True,
        )

    def _await_ready(self) -> None:
        timer = threading.Timer(READY_TIMEOUT_S, self._process.kill)
        timer.start()
        line = self._process.stdout.readline() if self._process.stdout else ""
        timer.cancel()
        if not line:
            self.close()
            raise CommandError("The local speech server did not start; its own words stand above.")

    def _watch(self) -> None:
        while self._process.wait() is not None and not self._ending.is_set():
            # Not at once: one that cannot start would keep a core busy.
            if self._ending.wait(1.0):
                return
            self._process = self._spawn()

    def close(self) -> None:
        """End it and wait until it is gone."""
        self._ending.set()
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._socket.close()


class Command(BaseCommand):
    help = "Run voxweb: database, local speech server where no key is set, and the web server."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=settings.PORT, help="port of the web server")
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on")

    def handle(self, *args: Any, **options: Any) -> None:
        web = self._listen(options["host"], options["port"])
        settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
        call_command("migrate", interactive=False, verbosity=0)
        speech = self._speech_server()
        try:
            self._greet(web.getsockname()[1], speech)
            self._serve(web)
        finally:
            if speech is not None:
                speech.close()
            web.close()

    def _listen(self, host: str, port: int) -> socket.socket:
        try:
            return socket.create_server((host, port), backlog=BACKLOG)
        except OSError as exc:
            raise CommandError(
                f"Port {port} cannot be used ({exc.strerror}). Is voxweb running already? "
                f"Another port: VOXWEB_PORT={port + 1} make run"
            ) from exc

    def _speech_server(self) -> SpeechServer | None:
        """A speech server for all that has no key and no address of its own; ``None`` where nothing is so."""
        emulated = _emulated()
        if not emulated:
            return None
        if importlib.util.find_spec("aiohttp") is None:
            if not conf.stt.is_local:
                return None  # what has no key cannot speak, and says so; all else works
            raise CommandError(
                'The local speech server is not installed: pip install "voxweb[local]",'
                " or set VOXNEXUS_API_KEY."
            )
        speech = SpeechServer()
        # For this process and whatever it imports later: settings were read before.
        for name in emulated:
            setattr(settings, f"{name}_WS_URL", f"ws://127.0.0.1:{speech.port}")
            setattr(settings, f"{name}_HTTP_URL", f"http://127.0.0.1:{speech.port}")
        return speech

    def _greet(self, port: int, speech: SpeechServer | None) -> None:
        owner, made = get_user_model().objects.get_or_create(
            username=OWNER, defaults={"is_staff": True, "is_superuser": True}
        )
        if made:
            owner.set_unusable_password()
            owner.save(update_fields=["password"])
        link = f"http://localhost:{port}{reverse('once')}{get_query_string(owner)}"
        upstream = conf.stt
        self.stdout.write("\nvoxweb is running.\n\n")
        self.stdout.write(f"  Open    {link}\n          signs you in as {OWNER!r}; works once, for a day\n")
        if speech is not None and upstream.is_local:
            self.stdout.write(f"  Engine  {upstream.engine_name}\n")
            self.stdout.write(
                f"          local speech server on 127.0.0.1:{speech.port}: no sound leaves this machine\n"
            )
            self.stdout.write("  Cloud   VOXNEXUS_API_KEY=your-key make run   uses VoxNexus instead\n")
        else:
            self.stdout.write(f"  Engine  {upstream.engine_name} at {upstream.ws_url}\n")
        self.stdout.write(f"  Data    {settings.DATA_DIR}\n\nCtrl-C ends all of it.\n\n")
        self.stdout.flush()

    def _serve(self, web: socket.socket) -> None:
        # Twisted stops on SIGTERM and SIGINT; SIGHUP is a closed terminal.
        signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
        CommandLineInterface().run(
            [
                "--fd",
                str(web.fileno()),
                # A lecture series is longer than Daphne's day; clients resume anyway.
                "--websocket_timeout",
                "-1",
                "--verbosity",
                "0",
                "voxweb.asgi:application",
            ]
        )


def _emulated() -> list[str]:
    """Beginnings of the settings of services that a local speech server is to stand for."""
    return [
        name.upper()
        for name, service in conf.voice_services.items()
        if service.is_local and not os.environ.get(f"{name.upper()}_WS_URL")
    ]

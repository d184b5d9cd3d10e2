"""Static files with hashed names, served from the same process without a thread a request."""

from __future__ import annotations

import fcntl
import hashlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.storage import CompressedManifestStaticFilesStorage

GetResponse = Callable[[HttpRequest], Any]


class HashedStaticFilesStorage(CompressedManifestStaticFilesStorage):
    """Hashed names, also inside ES modules: ``import … from "./x.js";`` is rewritten."""

    support_js_module_import_aggregation = True


class StaticFilesMiddleware(WhiteNoiseMiddleware):
    """WhiteNoise for ASGI: it hands out files as bytes, for a synchronous file iterator makes
    Django warn and buffer, and it does not turn the whole chain of middleware synchronous."""

    sync_capable = True
    async_capable = True

    get_response: GetResponse

    def __init__(self, get_response: GetResponse) -> None:
        # While debugging it stays empty; WhiteNoise warns where it is missing.
        settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
        super().__init__(get_response)
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if iscoroutinefunction(self):
            return self.answer(request)
        static_file = self.find(request)
        if static_file is None:
            response: HttpResponseBase = self.get_response(request)
            return response
        return self.serve(static_file, request)

    async def answer(self, request: HttpRequest) -> HttpResponseBase:
        """The file asked for, or whatever the rest of the chain says."""
        static_file = None
        if request.path_info.startswith(self.static_prefix):
            static_file = await sync_to_async(self.find, thread_sensitive=False)(request)
        if static_file is None:
            response: HttpResponseBase = await self.get_response(request)
            return response
        return await sync_to_async(self.serve, thread_sensitive=False)(static_file, request)

    def find(self, request: HttpRequest) -> Any:
        """WhiteNoise's record of the file, ``None`` where there is none."""
        return self.find_file(request.path_info) if self.autorefresh else self.files.get(request.path_info)

    @staticmethod
    def serve(static_file: Any, request: HttpRequest) -> HttpResponse:
        """The whole file in one response; ours are small."""
        answer = static_file.get_response(request.method, request.META)
        content = b""
        if answer.file is not None:
            with answer.file:
                content = answer.file.read()
        response = HttpResponse(content, status=int(answer.status))
        del response["content-type"]
        for key, value in answer.headers:
            response[key] = value
        return response


def collect_if_changed() -> None:
    """Make the folder of hashed files where it is missing or old: a server needs no step before its start.

    Several workers may start at once: the first one collects, the others wait for it.
    """
    if settings.DEBUG:
        return
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    collected = settings.DATA_DIR / "static.collected"
    with (settings.DATA_DIR / "static.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        now = _fingerprint()
        if not collected.exists() or collected.read_text(encoding="ascii") != now:
            call_command("collectstatic", interactive=False, verbosity=0)
            collected.write_text(now, encoding="ascii")


def _fingerprint() -> str:
    """Changes with every static file's name, size and age."""
    found = hashlib.sha256()
    for finder in finders.get_finders():
        for name, storage in sorted(finder.list([]), key=lambda entry: entry[0]):
            stat = Path(storage.path(name)).stat()
            found.update(f"{name} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return found.hexdigest()

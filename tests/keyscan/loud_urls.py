"""Our pages, and two that fail: by themselves, and over the speech service."""

from typing import NoReturn

from asgiref.sync import async_to_sync
from django.http import HttpRequest
from django.urls import path

from captions.conf import conf
from captions.stt.connection import connect
from voxweb.urls import urlpatterns as ours


def fail(request: HttpRequest) -> NoReturn:
    upstream, settings_of_it = conf.stt, repr(conf.stt)
    raise RuntimeError(f"{upstream} {settings_of_it}")


@async_to_sync
async def _speak() -> None:
    async with connect(conf.stt, "en-US"):
        raise RuntimeError("connected")


def fail_upstream(request: HttpRequest) -> None:
    _speak()


urlpatterns = [path("fail/", fail), path("fail-upstream/", fail_upstream), *ours]

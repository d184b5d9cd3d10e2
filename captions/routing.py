"""Addresses of the sockets. Accounts are looked up by the consumers that need one, after accepting."""

from __future__ import annotations

from channels.routing import URLRouter
from django.urls import path, re_path

from captions.consumers.embed import EmbedConsumer
from captions.consumers.host import HostConsumer
from captions.consumers.nowhere import NowhereConsumer
from captions.consumers.talk import TalkConsumer
from captions.consumers.tts import TtsConsumer
from captions.consumers.viewer import ViewerConsumer
from captions.live.named import Named
from captions.live.pacing import Paced

websocket_urlpatterns = [
    path("ws/rooms/<str:slug>/host/", HostConsumer.as_asgi()),
    path("ws/rooms/<str:slug>/", ViewerConsumer.as_asgi()),
    path("ws/embed/<str:slug>/", EmbedConsumer.as_asgi()),
    path("ws/talk/", TalkConsumer.as_asgi()),
    path("ws/tts/", TtsConsumer.as_asgi()),
    re_path(r"", NowhereConsumer.as_asgi()),
]

application = Paced(Named(URLRouter(websocket_urlpatterns)))

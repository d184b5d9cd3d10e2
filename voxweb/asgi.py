"""What a server runs: ``daphne voxweb.asgi:application``."""

import os
from typing import cast

import django
from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voxweb.settings")
django.setup(set_prefix=False)

# All of these need Django to be set up.
from captions.live import bounds  # noqa: E402
from captions.live.lifetime import Watched, lifespan  # noqa: E402
from captions.live.named import Named  # noqa: E402
from captions.live.pacing import App, Paced  # noqa: E402
from captions.routing import application as _sockets  # noqa: E402
from voxweb.staticfiles import collect_if_changed  # noqa: E402

bounds.install()
# Before the pages: WhiteNoise looks once at what files there are.
collect_if_changed()

_pages = Watched(cast(App, get_asgi_application()))

application = ProtocolTypeRouter({"http": Paced(Named(_pages)), "websocket": _sockets, "lifespan": lifespan})

"""Redis, where it answers on this machine; tests that need it are skipped where it does not."""

from __future__ import annotations

import os
import uuid
from typing import Any

import pytest

from tests.conftest import answers

REDIS_URL = "redis://127.0.0.1:6379"

needs_redis = pytest.mark.skipif(
    not answers(6379) and os.environ.get("VOXWEB_REQUIRE_SERVICES") != "1",
    reason="Redis does not answer on 127.0.0.1:6379",
)


def redis_layers() -> dict[str, Any]:
    """``CHANNEL_LAYERS`` on Redis, apart from whatever else talks there."""
    return {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [REDIS_URL], "prefix": f"voxweb-{uuid.uuid4().hex}"},
        }
    }

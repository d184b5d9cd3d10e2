"""The tests' settings for a server process, with what a test overrides in its environment as JSON."""

import json
import os

from tests.settings import *  # noqa: F403
from voxweb.logs import logging_config

globals().update(json.loads(os.environ.get("VOXWEB_TEST_SETTINGS", "{}")))
LOGGING = logging_config(json=False, level="INFO", secrets=[])

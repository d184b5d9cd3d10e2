"""The product's own settings, as an operator might make them who wants to see everything: every logger at
DEBUG, and a log file of their own that no line is cleaned for. And addresses that fail on purpose."""

from typing import Any

from voxweb.settings import *  # noqa: F403
from voxweb.settings import DATA_DIR, LOGGING

raw: dict[str, Any] = {"class": "logging.FileHandler", "filename": str(DATA_DIR / "raw.log"), "delay": True}
LOGGING["handlers"]["raw"] = raw
LOGGING["root"]["handlers"] = ["stderr", "raw"]
LOGGING["root"]["level"] = "DEBUG"
for _name in (
    "websockets",
    "websockets.client",
    "websockets.server",
    "httpx",
    "httpcore",
    "asyncio",
    "daphne",
):
    LOGGING["loggers"][_name] = {"level": "DEBUG"}
ROOT_URLCONF = "tests.keyscan.loud_urls"

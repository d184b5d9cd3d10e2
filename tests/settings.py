"""The product's own settings, with a data folder that goes away and quick passwords."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

if "VOXWEB_DATA_DIR" not in os.environ:
    os.environ["VOXWEB_DATA_DIR"] = tempfile.mkdtemp(prefix="voxweb-tests-")
    # Only by who made it: its children read and write there.
    atexit.register(shutil.rmtree, os.environ["VOXWEB_DATA_DIR"], ignore_errors=True)
_folder = os.environ["VOXWEB_DATA_DIR"]
os.environ.setdefault("VOXWEB_SECRET_KEY", "only-for-tests-" + "x" * 50)
os.environ.setdefault("VOXWEB_HTTPS", "0")
os.environ.setdefault("VOXWEB_ENGINE", "scripted")
os.environ.setdefault("VOXWEB_TTS_ENGINE", "tone")
os.environ.setdefault("VOXWEB_LOG_LEVEL", "DEBUG")
for _provider in ("VOXNEXUS", "VOICEMAKER", "VACHANA"):
    for _what in ("API_KEY", "WS_URL", "HTTP_URL"):
        os.environ.pop(f"{_provider}_{_what}", None)

from voxweb.settings import *  # noqa: E402, F403
from voxweb.settings import CHANNEL_LAYERS, DATABASES, LOGGING, REDIS_URL, STORAGES  # noqa: E402

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, not memory: other threads and processes must see the same database, with WAL.
    DATABASES["default"]["TEST"] = {"NAME": str(Path(_folder) / "test.sqlite3")}
if REDIS_URL:
    # Tests that run beside each other, each with a room 1, must not hear each other's.
    _prefix = f"voxweb-{os.environ.get('PYTEST_XDIST_WORKER', 'tests')}"
    CHANNEL_LAYERS = {
        "default": CHANNEL_LAYERS["default"] | {"CONFIG": {"hosts": [REDIS_URL], "prefix": _prefix}}
    }
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Pages in tests name static files as they stand in the repository: no collecting first.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
ALLOWED_HOSTS = ["localhost", ".localhost", "127.0.0.1", "[::1]", "testserver"]
# pytest captures what is logged; a handler of our own would outlive the stream it writes to.
LOGGING["root"]["handlers"] = []

"""Every setting of voxweb, grouped. Values from outside come through :mod:`voxweb.env` alone.

What the app itself needs is read back through :mod:`captions.conf`, which is typed.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import dj_database_url
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from captions.conf import VENDOR_URLS, Conf
from captions.tts.vendors.vachana_voices import CATALOGUE, BadCatalogue
from captions.tts.vendors.vachana_voices import parse as parse_catalogue
from captions.upstream.secret import Secret
from voxweb import env
from voxweb.logs import logging_config

BASE_DIR = Path(__file__).resolve().parent.parent

# --- Ground ---------------------------------------------------------------------------------------

DEBUG = env.flag("VOXWEB_DEBUG")
DATA_DIR = env.folder("VOXWEB_DATA_DIR", BASE_DIR / "var")
PORT = env.whole("VOXWEB_PORT", 8000, low=1, high=65535)

SECRET_KEY = env.text("VOXWEB_SECRET_KEY")
if not SECRET_KEY and DEBUG:
    SECRET_KEY = env.kept_secret(DATA_DIR / "secret-key")
if not SECRET_KEY:
    raise ImproperlyConfigured(
        "VOXWEB_SECRET_KEY: not set. Give 50 or more random characters, or their file in "
        "VOXWEB_SECRET_KEY_FILE; or set VOXWEB_DEBUG=1 on a machine of your own."
    )

SECRET_KEY = env.Unshown(SECRET_KEY)

ALLOWED_HOSTS = env.words("VOXWEB_ALLOWED_HOSTS", ["localhost", ".localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.words("VOXWEB_TRUSTED_ORIGINS")

INSTALLED_APPS = [
    "daphne",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "csp",
    "axes",
    "captions",
]

MIDDLEWARE = [
    "voxweb.headers.HeadersMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "voxweb.staticfiles.StaticFilesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "voxweb.language.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "voxweb.urls"
ASGI_APPLICATION = "voxweb.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- Limits: each has its default and its reason in captions/conf.py, and a row in docs/limits.md ----

LIMITS = env.numbers("VOXWEB_LIMIT_")

# --- Database: SQLite in the data folder unless DATABASE_URL says otherwise ------------------------

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
_database_url = env.text("DATABASE_URL", f"sqlite:///{DATA_DIR / 'voxweb.sqlite3'}")
try:
    # Kept for no longer than a request: under ASGI each has a thread of its own, and what one leaves open
    # stays open until Python happens to collect it. What is used all the time has captions/database.py.
    _database: dict[str, Any] = dict(dj_database_url.parse(_database_url, conn_max_age=0))
except (dj_database_url.ParseError, dj_database_url.UnknownSchemeError, ValueError):
    env.refuse("DATABASE_URL", "not understood. Use postgres://user:password@host:5432/name.")
if _database["ENGINE"] == "django.db.backends.sqlite3":
    # IMMEDIATE takes the write lock at BEGIN, where the timeout helps: an upgrade from a read
    # fails at once. WAL lets viewers read while a final is written.
    _database["OPTIONS"] = {
        **_database.get("OPTIONS", {}),
        "transaction_mode": "IMMEDIATE",
        "timeout": 5,
        "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA foreign_keys=ON;",
    }
elif _database["ENGINE"] == "django.db.backends.postgresql":
    # A server that is gone without a word is noticed within half a minute. The kernel alone would take a
    # quarter of an hour, and all finals wait behind the one that was being stored.
    _database["OPTIONS"] = {
        "connect_timeout": 5,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 20_000,
        **_database.get("OPTIONS", {}),
    }
DATABASES = {"default": _database}

# --- Channel layer: this process alone unless REDIS_URL says otherwise -----------------------------

REDIS_URL = env.text("REDIS_URL")
if REDIS_URL:
    CHANNEL_LAYERS = {
        "default": {
            # The pub/sub layer leaves no stale members behind a killed process.
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [REDIS_URL]},
        }
    }
else:
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels.layers.InMemoryChannelLayer",
            # One hub a room subscribes, not each viewer; so this is room for a burst.
            "CONFIG": {"capacity": 1000},
        }
    }

# --- Sign-in ---------------------------------------------------------------------------------------

AUTHENTICATION_BACKENDS = [
    # First: who guesses is sent away before a password is looked at.
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "sesame.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"
# The link that `make run` prints: good once, for a day.
SESAME_ONE_TIME = True
SESAME_MAX_AGE = 24 * 60 * 60

# Guessing: after so many wrong passwords for one name from one address, that name waits there. The name
# alone would let anybody lock anybody out; the address alone, one guest a whole hall.
AXES_FAILURE_LIMIT = Conf.sign_in_tries.among(LIMITS)
AXES_COOLOFF_TIME = timedelta(seconds=Conf.sign_in_wait_s.among(LIMITS))
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
# Trying on while locked neither counts nor makes it longer: who knows the password gets in on time.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_CLIENT_IP_CALLABLE = "captions.views.signin.client_address"
AXES_LOCKOUT_CALLABLE = "captions.views.signin.locked_out"
# Nothing of a visit that succeeded is kept, and no line names the browser; what was typed is never
# kept (captions/views/signin.py).
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False

# --- Words and times -------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
# Each by its own name: whoever looks for it reads that. Words are in captions/locale.
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("ar", "العربية")]
LANGUAGE_COOKIE_AGE = 365 * 24 * 60 * 60
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
# Before what Django says itself for the same words.
LOCALE_PATHS = [BASE_DIR / "captions/locale"]
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

# --- Static files: hashed names, served by WhiteNoise ----------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "voxweb.staticfiles.HashedStaticFilesStorage"},
}

# --- Transport security: on unless debugging -------------------------------------------------------

HTTPS = env.flag("VOXWEB_HTTPS", not DEBUG)
SECURE_SSL_REDIRECT = HTTPS
# A prober inside the cluster speaks plain HTTP.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
LANGUAGE_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
BEHIND_PROXY = env.flag("VOXWEB_BEHIND_PROXY")
if BEHIND_PROXY:
    # Only where a proxy sets this header itself: otherwise a stranger could.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- What a browser may do with our pages -----------------------------------------------------------

# No script and no style stands in a page itself, so text that slips through an escape can be neither.
# Worklets count as scripts. Sockets are added with the name a page was asked for by: older Safari
# does not count them as 'self'.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        # A file that a host plays, and the sound check's recording, are of the page itself.
        "media-src": [SELF, "blob:"],
        "worker-src": [SELF],
        "manifest-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
_OFF = (
    *("accelerometer", "bluetooth", "camera", "clipboard-read", "display-capture", "encrypted-media"),
    *("geolocation", "gyroscope", "hid", "idle-detection", "local-fonts", "magnetometer", "microphone"),
    *("midi", "payment", "publickey-credentials-get", "screen-wake-lock", "serial", "usb"),
    *("window-management", "xr-spatial-tracking"),
)
PERMISSIONS_POLICY = {feature: list[str]() for feature in _OFF} | {"clipboard-write": ["self"]}
# The host's page hears a microphone or a tab, and keeps the screen on.
HOST_PERMISSIONS_POLICY = PERMISSIONS_POLICY | {
    feature: ["self"] for feature in ("microphone", "display-capture", "screen-wake-lock")
}
# The playground hears a microphone, to be talked with.
PLAYGROUND_PERMISSIONS_POLICY = PERMISSIONS_POLICY | {"microphone": ["self"]}
# Daphne refuses what is longer before Django sees it (captions/live/bounds.py); under another server
# Django does.
DATA_UPLOAD_MAX_MEMORY_SIZE = Conf.max_body_bytes.among(LIMITS)

# --- Speech to text --------------------------------------------------------------------------------

VOXWEB_ENGINE = env.text("VOXWEB_ENGINE", "pocketsphinx")
SPEECH_SERVER_PORT = env.whole("VOXWEB_SPEECH_PORT", 8010, low=1, high=65535)
VOXNEXUS_API_KEY = Secret(env.text("VOXNEXUS_API_KEY"))
# Without a key the same client talks to the local speech server: only addresses differ.
STT_IS_LOCAL = not VOXNEXUS_API_KEY
_local = f"127.0.0.1:{SPEECH_SERVER_PORT}"
VOXNEXUS_WS_URL = env.base_url(
    "VOXNEXUS_WS_URL", f"ws://{_local}" if STT_IS_LOCAL else "wss://api.voxnexus.ai", "ws", "wss"
)
VOXNEXUS_HTTP_URL = env.base_url(
    "VOXNEXUS_HTTP_URL", f"http://{_local}" if STT_IS_LOCAL else "https://api.voxnexus.ai", "http", "https"
)
VOXNEXUS_AUTH = env.choice("VOXNEXUS_AUTH", "header", "header", "query")
VOXNEXUS_STT_MODEL = env.text("VOXNEXUS_STT_MODEL", "vn-stt-basic")

# --- Text to speech: what has no key is emulated by the local speech server -------------------------

VOICEMAKER_API_KEY = Secret(env.text("VOICEMAKER_API_KEY"))
_ws, _http = VENDOR_URLS["voicemaker"] if VOICEMAKER_API_KEY else (f"ws://{_local}", f"http://{_local}")
VOICEMAKER_WS_URL = env.base_url("VOICEMAKER_WS_URL", _ws, "ws", "wss")
VOICEMAKER_HTTP_URL = env.base_url("VOICEMAKER_HTTP_URL", _http, "http", "https")
VACHANA_API_KEY = Secret(env.text("VACHANA_API_KEY"))
_ws, _http = VENDOR_URLS["vachana"] if VACHANA_API_KEY else (f"ws://{_local}", f"http://{_local}")
VACHANA_WS_URL = env.base_url("VACHANA_WS_URL", _ws, "ws", "wss")
VACHANA_HTTP_URL = env.base_url("VACHANA_HTTP_URL", _http, "http", "https")
# This provider has no list to ask for.
try:
    VACHANA_VOICES = (
        CATALOGUE if (_given := env.structure("VACHANA_VOICES")) is None else parse_catalogue(_given)
    )
except BadCatalogue as exc:
    env.refuse("VACHANA_VOICES", f'{exc}. Write {{"model": {{"name": "hi-IN"}}}}, or leave it out.')

# --- Characters spoken a day; 0 is no limit --------------------------------------------------------

CHARACTERS_PER_USER = env.whole("VOXWEB_CHARACTERS_PER_USER", 0)
CHARACTERS_IN_ALL = env.whole("VOXWEB_CHARACTERS_IN_ALL", 0)

# --- Minutes of speech a day; 0 is no limit --------------------------------------------------------

MINUTES_PER_ROOM = env.whole("VOXWEB_MINUTES_PER_ROOM", 0)
MINUTES_PER_USER = env.whole("VOXWEB_MINUTES_PER_USER", 0)
MINUTES_IN_ALL = env.whole("VOXWEB_MINUTES_IN_ALL", 0)

# --- Metrics: for this machine alone unless there is a token ---------------------------------------

METRICS_TOKEN = Secret(env.text("VOXWEB_METRICS_TOKEN"))

# --- Logging ---------------------------------------------------------------------------------------

LOG_LEVEL = env.choice("VOXWEB_LOG_LEVEL", "INFO", "DEBUG", "INFO", "WARNING", "ERROR")
LOGGING = logging_config(
    json=not DEBUG,
    level=LOG_LEVEL,
    secrets=[
        SECRET_KEY,
        *(key.reveal() for key in (VOXNEXUS_API_KEY, VOICEMAKER_API_KEY, VACHANA_API_KEY, METRICS_TOKEN)),
    ],
)

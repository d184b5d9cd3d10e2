"""Run a command with PostgreSQL and Redis in its environment, where both answer on this machine.

``VOXWEB_TEST_DATABASE_URL`` and ``VOXWEB_TEST_REDIS_URL`` name others. Where one does not answer, one
loud line says so, and it is a failure if ``VOXWEB_REQUIRE_SERVICES=1``.
"""

from __future__ import annotations

import os
import subprocess
import sys

DATABASE_URL = os.environ.get("VOXWEB_TEST_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")
REDIS_URL = os.environ.get("VOXWEB_TEST_REDIS_URL", "redis://127.0.0.1:6379/15")


def missing() -> list[str]:
    """The services that do not answer, each with its reason."""
    import psycopg
    import redis

    absent = []
    try:
        psycopg.connect(DATABASE_URL, connect_timeout=3).close()
    except psycopg.Error as exc:
        absent.append(f"PostgreSQL ({exc.__class__.__name__})")
    try:
        with redis.Redis.from_url(REDIS_URL) as client:
            client.ping()
    except redis.RedisError as exc:
        absent.append(f"Redis ({exc.__class__.__name__})")
    return absent


def main() -> int:
    absent = missing()
    if absent:
        print(f"\n!!! NOT TESTED on {' and '.join(absent)}: no answer on this machine.\n", flush=True)
        return int(os.environ.get("VOXWEB_REQUIRE_SERVICES") == "1")
    os.environ.update(DATABASE_URL=DATABASE_URL, REDIS_URL=REDIS_URL)
    print("Once more on PostgreSQL and Redis:", flush=True)
    return subprocess.run(sys.argv[1:], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())

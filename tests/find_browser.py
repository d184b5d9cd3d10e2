"""Make sure that there is a Chromium for the browser tests, and say where it is.

Looks at ``$VOXWEB_CHROMIUM`` and the usual names; else installs Debian's package where this runs
as root, or the browser library's own download elsewhere. Where neither works one loud line says
so, and it is a failure if ``VOXWEB_REQUIRE_BROWSER=1``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find() -> str | None:
    """Path of a Chromium, ``None`` where there is none."""
    named = os.environ.get("VOXWEB_CHROMIUM")
    if named:
        return named
    for name in NAMES:
        found = shutil.which(name)
        if found:
            return found
    return downloaded()


def downloaded() -> str | None:
    """Path of the browser library's own download, where it has been made."""
    cache = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache/ms-playwright")
    return next((str(path) for path in sorted(cache.glob("chromium-*/chrome-linux*/chrome"))), None)


def install() -> None:
    """Try to get one; quiet about success."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        wait = ["-o", "DPkg::Lock::Timeout=300"]
        subprocess.run(["apt-get", "update", "-qq"], check=False, env=environment, timeout=300)
        subprocess.run(
            ["apt-get", *wait, "install", "-y", "-qq", "--no-install-recommends", "chromium"],
            check=False,
            env=environment,
            stdout=subprocess.DEVNULL,
            timeout=600,
        )
    else:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False, timeout=900)


def main() -> int:
    if find() is None:
        print("No Chromium found: installing one ...", flush=True)
        install()
    found = find()
    if found is None:
        print("\n!!! BROWSER TESTS ARE SKIPPED: no Chromium here, and none could be installed.\n", flush=True)
        return int(os.environ.get("VOXWEB_REQUIRE_BROWSER") == "1")
    print(f"Browser tests use {found}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

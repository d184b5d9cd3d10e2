"""Starting what people start, as a process of its own, and ending it again."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
END_S = 15.0
FOREIGN = ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE")


def environment(data_dir: Path, **settings: str) -> dict[str, str]:
    """What a process of ours gets to know: these settings, and none of whoever runs the tests."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("VOXWEB", "VOXNEXUS")) and name not in FOREIGN
    }
    return kept | {"VOXWEB_DATA_DIR": str(data_dir)} | settings


@contextmanager
def running(
    command: list[str], *, until: str, env: dict[str, str], log: Path
) -> Iterator[tuple[list[str], subprocess.Popen[str]]]:
    """``python command…``, once a line of its output holds ``until``; gives the lines until there.

    What it says on standard error goes to ``log``, and into the failure of a test it does not start for.
    """
    with log.open("w", encoding="utf-8") as errors:
        process = subprocess.Popen(
            [sys.executable, *command], cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=errors, text=True
        )
        assert process.stdout is not None
        lines: list[str] = []
        try:
            for line in process.stdout:
                lines.append(line)
                if until in line:
                    break
            else:
                pytest.fail(f"{' '.join(command)} did not start:\n{''.join(lines)}{log.read_text()}")
            yield lines, process
        finally:
            process.terminate()
            try:
                process.wait(END_S)
            finally:
                process.kill()
                process.stdout.close()


@contextmanager
def voxweb(data_dir: Path, **settings: str) -> Iterator[tuple[str, str]]:
    """`make run` without the make: its address, and the link that signs its owner in."""
    env = environment(data_dir, VOXWEB_DEBUG="1", **settings)
    command = ["manage.py", "serve", "--port", "0"]
    with running(command, until="Ctrl-C", env=env, log=data_dir / "log") as (lines, _):
        link = re.search(r"Open\s+(http://localhost:\d+)(\S+)", "".join(lines))
        assert link is not None
        yield link[1], link[1] + link[2]

"""Static files as production serves them: hashed, from a folder that a first start makes."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent

PROGRAM = """
import asyncio, os, warnings
warnings.simplefilter("error")
from django.test import AsyncClient
import voxweb.asgi
from django.templatetags.static import static

async def main():
    client = AsyncClient()
    for name in ("js/pages/viewer.js", "css/base.css"):
        url = static(name)
        answer = await client.get(url)
        print(url, answer.status_code, answer["content-type"], answer["cache-control"])
        if name.endswith(".js"):
            print(answer.content.decode())
    missing = await client.get("/static/none.js")
    print("missing", missing.status_code)

asyncio.run(main())
"""


def test_hashed_files_are_made_at_the_first_start_and_served(tmp_path):
    answer = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "voxweb.settings",
            "VOXWEB_DATA_DIR": str(tmp_path),
            "VOXWEB_SECRET_KEY": "k" * 50,
            "VOXWEB_HTTPS": "0",
            "VOXWEB_ALLOWED_HOSTS": "testserver",
        },
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    assert re.search(r"/static/js/pages/viewer\.[0-9a-f]{12}\.js 200 text/javascript", answer.stdout)
    assert re.search(r"/static/css/base\.[0-9a-f]{12}\.css 200 text/css.* max-age=315360000", answer.stdout)
    assert "missing 404" in answer.stdout


def test_modules_import_each_other_by_hashed_names(tmp_path):
    subprocess.run(
        [sys.executable, "manage.py", "collectstatic", "--noinput", "-v", "0"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "VOXWEB_DATA_DIR": str(tmp_path), "VOXWEB_SECRET_KEY": "k" * 50},
        check=True,
        timeout=90,
    )
    manifest = json.loads((tmp_path / "static/staticfiles.json").read_text())["paths"]
    for plain, hashed in manifest.items():
        if plain.startswith("js/"):
            source = (tmp_path / "static" / hashed).read_text()
            for imported in re.findall(
                r'^(?:import|export)\b[^;]*?from\s*"([^"]+)"', source, flags=re.MULTILINE
            ):
                assert re.search(r"\.[0-9a-f]{12}\.js$", imported), f"{plain} imports {imported}"


def test_both_kinds_of_chain_get_their_file(rf, settings):
    from django.http import HttpResponse

    from voxweb.staticfiles import StaticFilesMiddleware

    settings.WHITENOISE_AUTOREFRESH = settings.WHITENOISE_USE_FINDERS = True

    async def page(request):
        return HttpResponse("page")

    sync = StaticFilesMiddleware(lambda request: HttpResponse("page"))
    both = StaticFilesMiddleware(page)
    for path, word in (("/static/css/base.css", b"@layer"), ("/", b"page")):
        assert word in sync(rf.get(path)).content
        assert word in asyncio.run(both(rf.get(path))).content

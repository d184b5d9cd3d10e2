"""Settings as an operator meets them: another process, with an environment and nothing else."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

ROOT = Path(__file__).resolve().parent.parent.parent
SECRET = "k" * 40 + "0123456789"


def manage(*arguments, data_dir, **environment):
    """What ``manage.py`` answers with exactly this environment."""
    outer = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={**outer, "VOXWEB_DATA_DIR": str(data_dir), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_with_debug_off_the_deployment_check_has_nothing_to_say(tmp_path):
    answer = manage(
        "check", "--deploy", "--fail-level", "WARNING", data_dir=tmp_path, VOXWEB_SECRET_KEY=SECRET
    )
    assert answer.returncode == 0, answer.stderr
    assert "no issues" in answer.stdout


def test_without_a_secret_key_it_does_not_start_and_says_what_to_do(tmp_path):
    answer = manage("check", data_dir=tmp_path)
    assert answer.returncode != 0
    assert "VOXWEB_SECRET_KEY_FILE" in answer.stderr


def test_a_database_that_is_gone_without_a_word_is_noticed_unless_its_address_says_otherwise(tmp_path):
    url = "postgres://voxweb@db.example/voxweb?connect_timeout=2"
    answer = manage("diffsettings", data_dir=tmp_path, VOXWEB_SECRET_KEY=SECRET, DATABASE_URL=url)
    assert "'tcp_user_timeout': 20000" in answer.stdout
    assert "'connect_timeout': 2" in answer.stdout


def test_while_debugging_a_secret_key_is_made_and_kept(tmp_path):
    assert manage("check", data_dir=tmp_path, VOXWEB_DEBUG="1").returncode == 0
    first = (tmp_path / "secret-key").read_text()
    assert manage("check", data_dir=tmp_path, VOXWEB_DEBUG="1").returncode == 0
    assert (tmp_path / "secret-key").read_text() == first


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("VOXWEB_DEBUG", "perhaps"),
        ("VOXWEB_PORT", "http"),
        ("VOXNEXUS_WS_URL", "https://api.example"),
        ("VOXNEXUS_AUTH", "cookie"),
        ("DATABASE_URL", "oracle//somewhere"),
        ("VOXWEB_LOG_LEVEL", "LOUD"),
        ("VOXWEB_MINUTES_PER_ROOM", "an hour"),
        ("VOXWEB_MINUTES_IN_ALL", "-1"),
        ("VOXWEB_CHARACTERS_IN_ALL", "-1"),
        ("VOICEMAKER_WS_URL", "https://api.example"),
        ("VACHANA_HTTP_URL", "https://api.example/v1"),
        ("VACHANA_VOICES", "no-such-file.json"),
        ("VACHANA_VOICES", '{"a-model": 3}'),
    ],
)
def test_what_is_not_understood_is_refused_by_name(tmp_path, name, value):
    answer = manage("check", data_dir=tmp_path, **{"VOXWEB_SECRET_KEY": SECRET, name: value})
    assert answer.returncode != 0
    assert name in answer.stderr


def test_a_limit_reaches_what_django_and_its_apps_do_themselves(tmp_path):
    limits = {"MAX_BODY_BYTES": "1000", "SIGN_IN_TRIES": "3", "SIGN_IN_WAIT_S": "60"}
    answer = manage(
        "diffsettings",
        data_dir=tmp_path,
        VOXWEB_SECRET_KEY=SECRET,
        **{f"VOXWEB_LIMIT_{name}": value for name, value in limits.items()},
    )
    lines = [line.partition("  ")[0] for line in answer.stdout.splitlines()]
    assert "DATA_UPLOAD_MAX_MEMORY_SIZE = 1000" in lines
    assert "AXES_FAILURE_LIMIT = 3" in lines
    assert "AXES_COOLOFF_TIME = datetime.timedelta(seconds=60)" in lines


@pytest.mark.parametrize("provider", ["VOXNEXUS", "VOICEMAKER", "VACHANA"])
def test_a_key_is_in_no_dump_of_the_settings(tmp_path, provider):
    key = {f"{provider}_API_KEY": "vn-sk-987654"}
    answer = manage("diffsettings", data_dir=tmp_path, VOXWEB_SECRET_KEY=SECRET, **key)
    assert answer.returncode == 0, answer.stderr
    assert f"{provider}_API_KEY" in answer.stdout
    assert f"{provider}_HTTP_URL = 'https://" in answer.stdout, "with a key it is the vendor itself"
    # Once in what hides it in our logs, which is no text either.
    assert "vn-sk-987654" not in answer.stdout + answer.stderr


@pytest.mark.django_db
def test_the_models_and_the_migrations_agree():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "sqlite", reason="about SQLite")
def test_sqlite_really_runs_with_its_pragmas():
    with connection.cursor() as cursor:
        pragmas = {
            name: cursor.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 1, "foreign_keys": 1, "busy_timeout": 5000}
    assert connection.transaction_mode == "IMMEDIATE"


def test_the_readme_names_every_variable_and_no_other():
    """One table for operators; it says what the code reads."""
    code = (ROOT / "voxweb/settings.py").read_text()
    by_the_speech_server = {"VOXWEB_ENGINE_MODEL_DIR", "VOXWEB_TTS_ENGINE"}
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', code)) | by_the_speech_server
    table = set(re.findall(r"^\| `([A-Z_]+)`", (ROOT / "README.md").read_text(), flags=re.MULTILINE))
    assert table == read

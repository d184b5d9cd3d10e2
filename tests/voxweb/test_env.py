import json

import pytest
from django.core.exceptions import ImproperlyConfigured

from voxweb import env


def test_a_flag_reads_the_usual_words(monkeypatch):
    monkeypatch.setenv("X_FLAG", "yes")
    assert env.flag("X_FLAG") is True
    monkeypatch.setenv("X_FLAG", "0")
    assert env.flag("X_FLAG", True) is False


def test_a_flag_refuses_another_word_and_names_the_variable(monkeypatch):
    monkeypatch.setenv("X_FLAG", "perhaps")
    with pytest.raises(ImproperlyConfigured, match=r"X_FLAG.*Use 1 or 0"):
        env.flag("X_FLAG")


def test_an_empty_variable_counts_as_unset(monkeypatch):
    monkeypatch.setenv("X_TEXT", "")
    monkeypatch.setenv("X_FLAG", "")
    assert env.text("X_TEXT", "default") == "default"
    assert env.flag("X_FLAG", True) is True


@pytest.mark.parametrize("value", ["many", "1.5", "70000"])
def test_a_whole_number_is_checked_for_kind_and_range(monkeypatch, value):
    monkeypatch.setenv("X_PORT", value)
    with pytest.raises(ImproperlyConfigured, match="X_PORT"):
        env.whole("X_PORT", 8000, low=1, high=65535)


def test_a_secret_can_come_from_a_file(monkeypatch, tmp_path):
    (tmp_path / "key").write_text("from-the-file\n")
    monkeypatch.setenv("X_KEY_FILE", str(tmp_path / "key"))
    assert env.text("X_KEY") == "from-the-file"


def test_a_secret_file_that_is_missing_is_refused_by_name(monkeypatch, tmp_path):
    monkeypatch.setenv("X_KEY_FILE", str(tmp_path / "none"))
    with pytest.raises(ImproperlyConfigured, match="X_KEY_FILE"):
        env.text("X_KEY")


@pytest.mark.parametrize("value", ["k" * 300, "a\nkey"])
def test_a_key_given_as_its_own_file_is_refused_without_being_shown(monkeypatch, value):
    monkeypatch.setenv("X_KEY_FILE", value)
    with pytest.raises(ImproperlyConfigured, match="X_KEY_FILE") as caught:
        env.text("X_KEY")
    assert value not in str(caught.value)


def test_a_secret_file_that_is_no_text_is_refused_by_name(monkeypatch, tmp_path):
    (tmp_path / "key").write_bytes(b"\xff\xfe\x00")
    monkeypatch.setenv("X_KEY_FILE", str(tmp_path / "key"))
    with pytest.raises(ImproperlyConfigured, match="X_KEY_FILE"):
        env.text("X_KEY")


def test_a_choice_names_the_words_it_knows(monkeypatch):
    monkeypatch.setenv("X_AUTH", "cookie")
    with pytest.raises(ImproperlyConfigured, match="header, query"):
        env.choice("X_AUTH", "header", "header", "query")


@pytest.mark.parametrize(
    "value", ["api.example", "ftp://api.example", "wss://api.example/v1", "wss://key@api.example"]
)
def test_a_base_address_has_a_scheme_and_no_path_or_password(monkeypatch, value):
    monkeypatch.setenv("X_URL", value)
    with pytest.raises(ImproperlyConfigured, match="X_URL"):
        env.base_url("X_URL", "wss://default.example", "ws", "wss")


def test_a_kept_secret_stays_and_only_its_owner_can_read_it(tmp_path):
    first = env.kept_secret(tmp_path / "folder" / "secret")
    assert len(first) >= 50
    assert env.kept_secret(tmp_path / "folder" / "secret") == first
    assert (tmp_path / "folder" / "secret").stat().st_mode & 0o077 == 0


def test_numbers_are_found_by_how_their_names_begin(monkeypatch):
    monkeypatch.setenv("X_LIMIT_RING_MS", "120000")
    monkeypatch.setenv("X_LIMIT_REPLAY_RATE", "2.5")
    monkeypatch.setenv("X_LIMIT_EMPTY", "")
    assert env.numbers("X_LIMIT_") == {"RING_MS": 120000.0, "REPLAY_RATE": 2.5}


@pytest.mark.parametrize("value", ["much", "-1", "nan", "inf"])
def test_a_limit_that_is_no_number_from_0_on_is_refused_by_name(monkeypatch, value):
    monkeypatch.setenv("X_LIMIT_RING_MS", value)
    with pytest.raises(ImproperlyConfigured, match="X_LIMIT_RING_MS"):
        env.numbers("X_LIMIT_")


@pytest.mark.parametrize("written", ['[{"id": "sia"}]', ' {"voices": []} '])
def test_a_structure_is_json(monkeypatch, written):
    monkeypatch.setenv("X_VOICES", written)
    assert env.structure("X_VOICES") == json.loads(written)


def test_a_structure_can_be_the_path_of_a_file(monkeypatch, tmp_path):
    (tmp_path / "voices.json").write_text('["sia"]')
    monkeypatch.setenv("X_VOICES", str(tmp_path / "voices.json"))
    assert env.structure("X_VOICES") == ["sia"]


def test_no_structure_is_none(monkeypatch):
    monkeypatch.setenv("X_VOICES", "")
    assert env.structure("X_VOICES") is None


@pytest.mark.parametrize("written", ["[1,", "none.json", "{'a': 1}", "[" * 100_000, "x\n" * 5000])
def test_what_is_no_structure_is_refused_by_name(monkeypatch, written):
    monkeypatch.setenv("X_VOICES", written)
    with pytest.raises(ImproperlyConfigured, match="X_VOICES"):
        env.structure("X_VOICES")

from __future__ import annotations

from captions.management.commands import serve
from captions.upstream.secret import Secret


def test_what_has_no_key_and_no_address_is_emulated_by_the_speech_server_it_starts(settings, monkeypatch):
    monkeypatch.delenv("VOXNEXUS_WS_URL", raising=False)
    assert "VOXNEXUS" in serve._emulated()
    settings.VOXNEXUS_API_KEY = Secret("a key")
    assert "VOXNEXUS" not in serve._emulated()


def test_what_has_an_address_of_its_own_is_left_alone(monkeypatch):
    monkeypatch.setenv("VOXNEXUS_WS_URL", "ws://127.0.0.1:9000")
    assert "VOXNEXUS" not in serve._emulated()


def test_the_speech_server_is_started_without_a_key_of_anybody():
    for name in ("VOXNEXUS_API_KEY", "VOICEMAKER_API_KEY_FILE", "VACHANA_API_KEY", "VACHANA_VOICES"):
        assert name.startswith(serve.NOT_FOR_CHILDREN)

"""Limits: what is in force, and the page that lists them."""

from __future__ import annotations

from pathlib import Path

from django.core.management import call_command

from captions.conf import conf, limits
from captions.upstream.secret import Secret
from voxweb import settings as shipped

PAGE = Path(__file__).resolve().parent.parent.parent / "docs/limits.md"


def test_a_limit_is_its_default_until_an_operator_or_a_test_sets_it(settings):
    assert conf.ring_ms == 90_000
    settings.LIMITS = {"RING_MS": 120_000.0}
    assert conf.ring_ms == 120_000
    settings.RING_MS = 60_000
    assert conf.ring_ms == 60_000


def test_a_limit_keeps_its_kind_whatever_is_set(settings):
    settings.LIMITS = {"OUTBOX_MESSAGES": 10.0, "REPLAY_RATE": 2.0}
    assert (type(conf.outbox_messages), type(conf.replay_rate)) == (int, float)


def test_no_setting_stands_in_an_operators_way():
    assert [limit.name for limit in limits() if hasattr(shipped, limit.name)] == []


def test_the_line_to_the_speech_service_is_bounded_by_limits(settings):
    settings.LIMITS = {"STT_OPEN_TIMEOUT_S": 1.0, "STT_PING_INTERVAL_S": 2.0, "STT_PING_TIMEOUT_S": 3.0}
    assert (conf.stt.open_timeout_s, conf.stt.ping_interval_s, conf.stt.ping_timeout_s) == (1.0, 2.0, 3.0)


def test_a_service_that_speaks_is_emulated_until_it_has_a_key(settings):
    service = conf.voice_service("voxnexus")
    assert (service.is_local, service.key.reveal()) == (True, "emu-key")
    assert conf.voice_service_note("voxnexus") == "%(service)s, emulated on this machine"
    settings.VOXNEXUS_API_KEY = Secret("a key of the site")
    service = conf.voice_service("voxnexus")
    assert (service.is_local, service.key.reveal()) == (False, "a key of the site")
    assert conf.voice_service_note("voxnexus") == ""


def test_a_service_that_speaks_waits_as_long_as_limits_say(settings):
    settings.LIMITS = {
        "TTS_CONNECT_S": 1.0,
        "TTS_FIRST_BYTE_S": 2.0,
        "TTS_IDLE_S": 3.0,
        "TTS_QUOTA_WAIT_S": 4.0,
    }
    service = conf.voice_service("voxnexus")
    assert (service.connect_timeout_s, service.first_byte_timeout_s) == (1.0, 2.0)
    assert (service.idle_timeout_s, service.quota_give_up_s) == (3.0, 4.0)


def test_a_recipe_leads_to_the_vendor_unless_an_operator_has_another_address(settings):
    assert conf.vendor_urls("voxnexus") == ("wss://api.voxnexus.ai", "https://api.voxnexus.ai")
    settings.VOXNEXUS_API_KEY = Secret("a key")
    settings.VOXNEXUS_WS_URL, settings.VOXNEXUS_HTTP_URL = "wss://eu.example", "https://eu.example"
    assert conf.vendor_urls("voxnexus") == ("wss://eu.example", "https://eu.example")


def test_every_limit_says_why():
    assert all(limit.why.endswith((".", ")")) and len(limit.why) > 20 for limit in limits())


def test_the_page_lists_every_limit_with_its_default_and_reason(settings, capsys):
    for limit in limits():
        if hasattr(settings, limit.name):
            delattr(settings, limit.name)
    call_command("limits")
    assert PAGE.read_text(encoding="utf-8") == capsys.readouterr().out


def test_an_operators_voices_of_vachana_take_the_place_of_those_in_its_documents(settings):
    assert "timbre-v2.5" in conf.voice_service("vachana").catalogue
    settings.VACHANA_VOICES = {"a-model": {"Asha": "hi-IN"}}
    assert [*conf.voice_service("vachana").catalogue] == ["a-model"]

import pytest

from captions import checks
from captions.conf import conf
from captions.upstream.secret import Secret


def ids(messages):
    return [message.id for message in messages]


def test_a_misspelt_variable_is_named(monkeypatch):
    monkeypatch.setenv("VOXWEB_DEBGU", "1")
    (message,) = checks.names_are_known(None)
    assert (message.id, "VOXWEB_DEBGU" in message.msg) == ("captions.W001", True)


@pytest.mark.parametrize("name", sorted(checks.KNOWN))
def test_a_known_variable_is_not(monkeypatch, name):
    monkeypatch.setenv(name, "1")
    assert ids(checks.names_are_known(None)) == []


def test_a_key_is_not_sent_in_the_clear(settings):
    settings.STT_IS_LOCAL, settings.VOXNEXUS_API_KEY = False, Secret("a key")
    settings.VOXNEXUS_WS_URL = "ws://speech.example"
    assert ids(checks.cloud_is_spoken_to_in_private(None)) == ["captions.E001"]
    settings.VOXNEXUS_WS_URL = "wss://speech.example"
    assert ids(checks.cloud_is_spoken_to_in_private(None)) == []


@pytest.mark.parametrize("name", ["VOXNEXUS_WS_URL", "VOXNEXUS_HTTP_URL"])
def test_neither_is_the_key_of_what_speaks(settings, name):
    settings.VOXNEXUS_API_KEY = Secret("a key")
    settings.VOXNEXUS_WS_URL, settings.VOXNEXUS_HTTP_URL = "wss://speech.example", "https://speech.example"
    assert ids(checks.cloud_is_spoken_to_in_private(None)) == []
    setattr(settings, name, getattr(settings, name).replace("s://", "://"))
    (message,) = checks.cloud_is_spoken_to_in_private(None)
    assert (message.id, name in message.msg) == ("captions.E001", True)


def test_an_open_list_of_hosts_is_refused(settings):
    settings.ALLOWED_HOSTS = ["*"]
    assert ids(checks.hosts_are_named(None)) == ["captions.E003"]


def test_the_local_engine_needs_its_extra(settings, monkeypatch):
    monkeypatch.setattr(checks.importlib.util, "find_spec", lambda name: None)
    assert ids(checks.local_engine_is_installed(None)) == ["captions.W002"]
    settings.STT_IS_LOCAL = False
    assert ids(checks.local_engine_is_installed(None)) == []


def test_a_misspelt_engine_is_refused_with_the_names_there_are(settings):
    settings.VOXWEB_ENGINE = "pocketsfinx"
    (message,) = checks.local_engine_is_known(None)
    assert message.id == "captions.E004"
    assert "pocketsphinx" in message.hint
    settings.VOXWEB_ENGINE = "vosk"
    assert ids(checks.local_engine_is_known(None)) == []


def test_redis_needs_its_extra(settings, monkeypatch):
    monkeypatch.setattr(checks.importlib.util, "find_spec", lambda name: None)
    settings.REDIS_URL = "redis://localhost"
    assert ids(checks.redis_layer_is_installed(None)) == ["captions.E002"]
    settings.REDIS_URL = ""
    assert ids(checks.redis_layer_is_installed(None)) == []


def test_limits_agree_as_they_are():
    assert checks.limits_agree(None) == []


@pytest.mark.parametrize(("low", "high", "otherwise", "times"), checks.ORDER)
def test_limits_that_do_not_agree_are_named_both(settings, low, high, otherwise, times):
    most = getattr(conf, high.name.lower())
    settings.LIMITS = {low.name: most / times}
    (message,) = [each for each in checks.limits_agree(None) if otherwise in each.msg]
    assert message.id == "captions.E006"
    assert f"VOXWEB_LIMIT_{low.name} is" in message.msg
    assert f"VOXWEB_LIMIT_{high.name} is" in message.msg


def test_a_hint_says_what_two_limits_need(settings):
    settings.LIMITS = {"STT_DEAF_S": 60.0, "RING_MS": 30_000.0}
    (message,) = checks.limits_agree(None)
    assert message.hint == "Let the first be less than 30, or the second more than 60000."
    settings.LIMITS["STT_DEAF_S"] = 29.0
    assert checks.limits_agree(None) == []


def test_a_misspelt_limit_is_refused(settings):
    settings.LIMITS = {"RING_MS": 120_000.0}
    assert ids(checks.limits_are_known(None)) == []
    settings.LIMITS = {"RNG_MS": 120_000.0}
    assert ids(checks.limits_are_known(None)) == ["captions.E005"]

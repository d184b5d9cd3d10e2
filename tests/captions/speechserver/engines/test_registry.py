from importlib.metadata import EntryPoint

import pytest

from captions.speechserver.engines import registry
from captions.speechserver.engines.base import EngineUnavailable
from captions.speechserver.engines.registry import EngineChoice, build, names
from captions.speechserver.engines.scripted import PositionsEngine, ScriptedEngine

GROUP = "voxweb.stt_engines"


@pytest.fixture
def offered(monkeypatch):
    """Lets a test offer an engine as another distribution would."""

    def offer(name, value):
        point = EntryPoint(name, value, GROUP)

        def entry_points(*, group, name=None):
            assert group == GROUP
            return [point] if name in (None, point.name) else []

        monkeypatch.setattr(registry, "entry_points", entry_points)

    return offer


def test_engines_are_built_by_name():
    assert isinstance(build(EngineChoice("scripted")), ScriptedEngine)
    assert isinstance(build(EngineChoice("positions")), PositionsEngine)


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(EngineUnavailable, match=r"no engine siri.*pocketsphinx, sherpa-onnx, vosk"):
        build(EngineChoice("siri"))


def test_other_distributions_can_bring_engines(offered):
    offered("mine", "captions.speechserver.engines.scripted:PositionsEngine")
    assert "mine" in names()
    assert isinstance(build(EngineChoice("mine")), PositionsEngine)


def test_a_built_in_name_cannot_be_taken(offered):
    offered("scripted", "captions.speechserver.engines.scripted:PositionsEngine")
    assert isinstance(build(EngineChoice("scripted")), ScriptedEngine)
    assert names().count("scripted") == 1


def test_an_engine_that_does_not_import_is_named(offered):
    offered("broken", "captions.nowhere:Engine")
    with pytest.raises(EngineUnavailable, match="Engine broken cannot be loaded"):
        build(EngineChoice("broken"))

"""Engines by name: the built-in ones, and those that other distributions bring as entry points."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import cast

from captions.speechserver.engines.base import EngineFactory, EngineUnavailable, SttEngine

ENTRY_POINTS = "voxweb.stt_engines"
BUILT_IN = {
    "pocketsphinx": "captions.speechserver.engines.pocketsphinx:PocketsphinxEngine",
    "sherpa-onnx": "captions.speechserver.engines.sherpa_onnx:SherpaOnnxEngine",
    "vosk": "captions.speechserver.engines.vosk:VoskEngine",
    "scripted": "captions.speechserver.engines.scripted:ScriptedEngine",
    "positions": "captions.speechserver.engines.scripted:PositionsEngine",
}


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """An engine by name, with the directory its model is in (``None``: the engine's own)."""

    name: str
    model_dir: Path | None = None


def names() -> list[str]:
    """Names of all engines there are, the built-in ones first."""
    others = sorted({point.name for point in entry_points(group=ENTRY_POINTS)} - BUILT_IN.keys())
    return [*BUILT_IN, *others]


def build(choice: EngineChoice) -> SttEngine:
    """The engine, its model not loaded yet. Raises ``EngineUnavailable``.

    A built-in name cannot be taken by an entry point.
    """
    factory = _built_in(choice.name) or _entry_point(choice.name)
    if factory is None:
        raise EngineUnavailable(f"There is no engine {choice.name}. There are: {', '.join(names())}.")
    return factory(model_dir=choice.model_dir)


def _built_in(name: str) -> EngineFactory | None:
    if name not in BUILT_IN:
        return None
    module, _, attribute = BUILT_IN[name].partition(":")
    return cast(EngineFactory, getattr(importlib.import_module(module), attribute))


def _entry_point(name: str) -> EngineFactory | None:
    for point in entry_points(group=ENTRY_POINTS, name=name):
        try:
            return cast(EngineFactory, point.load())
        except (ImportError, AttributeError) as exc:
            raise EngineUnavailable(f"Engine {name} cannot be loaded: {exc}.") from exc
    return None

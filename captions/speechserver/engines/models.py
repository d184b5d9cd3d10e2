"""Model directories of engines that bring no model: found where they are said to be, never fetched."""

from __future__ import annotations

import re
from pathlib import Path

from captions.speechserver.engines.base import ANY_LANGUAGE, EngineUnavailable
from captions.speechserver.languages import USUAL_LOCALE, WELL_FORMED

LANGUAGES_FILE = "languages.txt"


def require(engine: str, model_dir: Path | None) -> Path:
    """The directory, if there is one. Raises ``EngineUnavailable`` with what to do about it."""
    if model_dir is None:
        raise EngineUnavailable(
            f"Engine {engine} needs a model: unpack one and set VOXWEB_ENGINE_MODEL_DIR to its directory."
        )
    if not model_dir.is_dir():
        raise EngineUnavailable(f"The model directory of engine {engine}, {model_dir}, does not exist.")
    return model_dir


def languages_of(model_dir: Path) -> tuple[str, ...]:
    """Languages of a model: as its ``languages.txt`` says (a tag a line), else as its directory is
    named (``vosk-model-small-en-us-0.15``, ``…-zipformer-bilingual-zh-en-…``), else any.
    """
    listed = model_dir / LANGUAGES_FILE
    if listed.is_file():
        tags = listed.read_text(encoding="utf-8").split()
        if bad := [tag for tag in tags if not WELL_FORMED.fullmatch(tag)]:
            raise EngineUnavailable(f"{listed} holds {bad[0][:35]!r}, which is no language tag.")
        if tags:
            return tuple(tags)
    found: list[str] = []
    parts = re.split(r"[-_.]", model_dir.resolve().name.lower())
    for number, part in enumerate(parts):
        if part not in USUAL_LOCALE:
            continue
        region = parts[number + 1] if number + 1 < len(parts) else ""
        named = f"{part}-{region}".lower()
        usual = USUAL_LOCALE[part]
        is_region = re.fullmatch(r"[a-z]{2}", region) and (
            region not in USUAL_LOCALE or named == usual.lower()
        )
        found.append(f"{part}-{region.upper()}" if is_region else usual)
    return tuple(dict.fromkeys(found)) or (ANY_LANGUAGE,)

"""Word error rate of an engine on a folder of recorded speech: a table, pooled at the end.

    python bench/wer.py [folder] [--engine NAME] [--model-dir DIR]

The folder holds WAV files (PCM16, mono, 16 kHz) and a ``manifest.json`` with what is said in each. It
comes from the argument, else from VOXWEB_SPEECH, else it is the one of the tests. Scored as the
manifest says: lower case, hyphens to spaces, letters and apostrophes only, "mr" and "mister" the same.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import time
import wave
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from captions.audio import CHUNK_BYTES, RATE_HZ, samples_in  # noqa: E402
from captions.errors import CaptionError  # noqa: E402
from captions.speechserver.engines.base import SttEngine  # noqa: E402
from captions.speechserver.engines.registry import EngineChoice, build  # noqa: E402

HIGHEST_WER = 0.30
HIGHEST_RTF = 0.35
WORD_FOR_WORD = ("go_forward.wav", "brooklyn_bridge.wav")


@dataclass(frozen=True)
class Recording:
    """One file of the folder."""

    name: str
    pcm: bytes
    reference: str

    @property
    def duration_s(self) -> float:
        return samples_in(self.pcm) / RATE_HZ


@dataclass(frozen=True)
class Score:
    """What an engine made of one recording."""

    recording: Recording
    heard: str
    words: int
    errors: int
    finals: int
    cpu_s: float


def speech_folder(argument: str | None) -> Path:
    """The folder to use; exits with a sentence where there is none."""
    folder = Path(argument or os.environ.get("VOXWEB_SPEECH") or ROOT / "tests" / "recordings")
    if not (folder / "manifest.json").is_file():
        sys.exit(f"{folder} holds no manifest.json; give a folder of speech or set VOXWEB_SPEECH.")
    return folder


def recordings(folder: Path) -> list[Recording]:
    """All files the manifest names."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    found = []
    for entry in manifest["files"]:
        with wave.open(str(folder / entry["file"])) as audio:
            if (audio.getframerate(), audio.getnchannels(), audio.getsampwidth()) != (RATE_HZ, 1, 2):
                sys.exit(f"{entry['file']} is not PCM16, mono, {RATE_HZ} Hz.")
            found.append(Recording(entry["file"], audio.readframes(audio.getnframes()), entry["reference"]))
    return found


def scored_words(text: str) -> list[str]:
    """The words of a text as they are compared."""
    words = re.sub(r"[^a-z' ]+", "", text.lower().replace("-", " ")).split()
    return ["mister" if word == "mr" else word for word in words]


def word_errors(reference: list[str], heard: list[str]) -> int:
    """Fewest words to put in, take out or replace."""
    costs = list(range(len(heard) + 1))
    for row, expected in enumerate(reference, 1):
        before, costs = costs, [row]
        for column, word in enumerate(heard, 1):
            costs.append(min(before[column] + 1, costs[-1] + 1, before[column - 1] + (expected != word)))
    return costs[-1]


def score(engine: SttEngine, recording: Recording) -> Score:
    """One recording through one session, in chunks as they come over the wire."""
    session = engine.open(language="en-US", sample_rate_hz=RATE_HZ)
    began_s = time.process_time()
    said = []
    for start in range(0, len(recording.pcm), CHUNK_BYTES):
        said += session.feed(recording.pcm[start : start + CHUNK_BYTES])
    said += session.flush()
    cpu_s = time.process_time() - began_s
    session.close()
    finals = [transcript.text for transcript in said if transcript.is_final]
    heard = " ".join(finals)
    reference = scored_words(recording.reference)
    return Score(
        recording, heard, len(reference), word_errors(reference, scored_words(heard)), len(finals), cpu_s
    )


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", nargs="?")
    parser.add_argument("--engine", default="pocketsphinx")
    parser.add_argument("--model-dir", type=Path)
    parser.add_argument("--text", action="store_true", help="show what was heard")
    options = parser.parse_args()
    files = recordings(speech_folder(options.folder))
    try:
        engine = build(EngineChoice(options.engine, options.model_dir))
        engine.load()
    except CaptionError as exc:
        sys.exit(str(exc))
    print(f"{engine.name}: {engine.label}\n")
    print(f"{'file':<26}{'words':>6}{'errors':>8}{'WER':>7}{'finals':>8}{'s':>7}{'RTF':>7}")
    scores = []
    for recording in files:
        one = score(engine, recording)
        scores.append(one)
        _print_row(recording.name, one.words, one.errors, one.finals, recording.duration_s, one.cpu_s)
        if options.text:
            print(f"    {one.heard}")
    return _conclude(scores)


def _print_row(name: str, words: int, errors: int, finals: int, duration_s: float, cpu_s: float) -> None:
    rate, factor = errors / words, cpu_s / duration_s
    print(f"{name:<26}{words:>6}{errors:>8}{rate:>7.3f}{finals:>8}{duration_s:>7.1f}{factor:>7.2f}")


def _conclude(scores: list[Score]) -> int:
    words, errors = sum(one.words for one in scores), sum(one.errors for one in scores)
    duration_s, cpu_s = sum(one.recording.duration_s for one in scores), sum(one.cpu_s for one in scores)
    _print_row("pooled", words, errors, sum(one.finals for one in scores), duration_s, cpu_s)
    exact = [one.recording.name for one in scores if one.recording.name in WORD_FOR_WORD and one.errors]
    checks = {
        f"pooled WER <= {HIGHEST_WER:.2f}": errors / words <= HIGHEST_WER,
        f"word for word: {', '.join(WORD_FOR_WORD)}": not exact,
        f"real-time factor <= {HIGHEST_RTF:.2f}": cpu_s / duration_s <= HIGHEST_RTF,
    }
    print()
    for what, is_met in checks.items():
        print(f"{'met   ' if is_met else 'missed'}  {what}")
    return 0 if all(checks.values()) else 1


if __name__ == "__main__":
    sys.exit(main())

import io
import math
import struct

import pytest
import soundfile

from captions.speechserver.speaking.encoding import ENCODINGS, Encoder

RATE_HZ = 24_000
PCM = struct.pack(f"<{RATE_HZ}h", *(round(9_000 * math.sin(n * 0.05)) for n in range(RATE_HZ)))
BLOCK = 2_880


def encoded(name, rate_hz=RATE_HZ):
    encoder = Encoder(ENCODINGS[name], rate_hz)
    parts = [encoder.feed(PCM[at : at + BLOCK]) for at in range(0, len(PCM), BLOCK)]
    return [*parts, encoder.end()]


@pytest.mark.parametrize("name", ["mp3", "opus", "vorbis"])
def test_a_file_of_one_second_comes_out(name):
    samples, rate_hz = soundfile.read(io.BytesIO(b"".join(encoded(name))), dtype="int16")
    # A codec pads its first and last frame; the seek table that would tell how much cannot be streamed.
    assert rate_hz == RATE_HZ
    assert len(samples) / rate_hz == pytest.approx(1.0, abs=0.2)
    assert abs(samples).max() > 6_000


@pytest.mark.parametrize("name", ["mulaw", "alaw"])
def test_companded_audio_has_a_byte_a_sample(name):
    assert len(b"".join(encoded(name, 8_000))) == len(PCM) // 2


def test_sound_comes_before_all_of_it_is_fed():
    assert any(encoded("mp3")[: RATE_HZ * 2 // BLOCK // 2])


def test_all_at_once_is_the_same():
    encoder = Encoder(ENCODINGS["mp3"], RATE_HZ)
    assert encoder.feed(PCM) + encoder.end() == b"".join(encoded("mp3"))

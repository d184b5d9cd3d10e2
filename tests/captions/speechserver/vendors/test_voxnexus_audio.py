import array
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captions.speechserver.protocol import Refusal
from captions.speechserver.speaking import wav
from captions.speechserver.vendors.voxnexus_audio import Audio, parse

PCM = array.array("h", range(100)).tobytes()


def refused(*arguments):
    with pytest.raises(Refusal) as caught:
        parse(*arguments)
    return caught.value.code


def riff(*chunks):
    body = b"".join(
        name + struct.pack("<I", len(data)) + data + bytes(len(data) % 2) for name, data in chunks
    )
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WAVE" + body


def fmt(tag=1, channels=1, rate_hz=8000, bits=16):
    return struct.pack(
        "<HHIIHH", tag, channels, rate_hz, rate_hz * channels * bits // 8, channels * bits // 8, bits
    )


def test_raw_audio_is_what_it_is_said_to_be():
    assert parse(PCM, "audio/pcm", 24_000) == Audio(PCM, 24_000)
    assert parse(PCM, "application/octet-stream", 8_000) == Audio(PCM, 8_000)


@pytest.mark.parametrize("data_bytes", [len(PCM), 0xFFFFFFFF, len(PCM) + 2000])
def test_the_header_of_a_file_is_believed_about_the_rate_and_not_about_the_length(data_bytes):
    file = wav.header(22_050, data_bytes=data_bytes) + PCM
    assert parse(file, "application/octet-stream", 16_000) == Audio(PCM, 22_050)


def test_other_parts_of_a_file_are_passed_over():
    file = riff((b"LIST", b"odd"), (b"fmt ", fmt()), (b"fact", bytes(4)), (b"data", PCM), (b"LIST", b"more"))
    assert parse(file, "audio/wav", 16_000) == Audio(PCM, 8_000)


def test_two_channels_become_one():
    stereo = array.array("h", [10, 30, -10, -30]).tobytes()
    file = riff((b"fmt ", fmt(channels=2)), (b"data", stereo))
    assert parse(file, "audio/wav", 16_000).pcm == array.array("h", [20, -20]).tobytes()


def test_an_extensible_header_tells_its_format_further_on():
    extensible = fmt(tag=0xFFFE) + struct.pack("<HHI", 22, 16, 4) + struct.pack("<H", 1) + bytes(14)
    assert parse(riff((b"fmt ", extensible), (b"data", PCM)), "audio/wav", 16_000).pcm == PCM


@pytest.mark.parametrize(
    ("data", "content_type", "rate_hz", "code"),
    [
        (b"\0\0\0", "audio/pcm", 16_000, "INVALID_AUDIO"),
        (PCM, "audio/wav", 16_000, "INVALID_AUDIO"),
        (PCM, "audio/mpeg", 16_000, "UNSUPPORTED_FORMAT"),
        (b"ID3" + PCM, "application/octet-stream", 16_000, "UNSUPPORTED_FORMAT"),
        (PCM, "audio/pcm", 1, "UNSUPPORTED_FORMAT"),
        (riff((b"data", PCM)), "audio/wav", 16_000, "INVALID_AUDIO"),
        (riff((b"fmt ", fmt())), "audio/wav", 16_000, "INVALID_AUDIO"),
        (riff((b"fmt ", b"short"), (b"data", PCM)), "audio/wav", 16_000, "INVALID_AUDIO"),
        (riff((b"fmt ", fmt(bits=24)), (b"data", PCM)), "audio/wav", 16_000, "UNSUPPORTED_FORMAT"),
        (riff((b"fmt ", fmt(tag=3)), (b"data", PCM)), "audio/wav", 16_000, "UNSUPPORTED_FORMAT"),
        (riff((b"fmt ", fmt(channels=0)), (b"data", PCM)), "audio/wav", 16_000, "UNSUPPORTED_FORMAT"),
    ],
)
def test_what_cannot_be_read_is_refused(data, content_type, rate_hz, code):
    assert refused(data, content_type, rate_hz) == code


@given(st.binary(max_size=200))
def test_no_file_is_anything_but_read_or_refused(data):
    try:
        audio = parse(b"RIFF" + data, "audio/wav", 16_000)
    except Refusal:
        return
    assert len(audio.pcm) % 2 == 0

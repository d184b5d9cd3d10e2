import io
import wave

import pytest

from captions.speechserver.speaking import wav


def test_a_file_with_a_known_length_is_read_by_others():
    pcm = bytes(range(256)) * 4
    with wave.open(io.BytesIO(wav.header(24_000, data_bytes=len(pcm)) + pcm)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (24_000, 1, 2)
        assert file.readframes(10_000) == pcm


@pytest.mark.parametrize(("channels", "bytes_a_second"), [(1, 32_000), (2, 64_000)])
def test_a_header_without_a_length_says_so(channels, bytes_a_second):
    header = wav.header(16_000, channels)
    assert len(header) == wav.HEADER_BYTES == 44
    assert header[4:8] == header[40:44] == b"\xff\xff\xff\xff"
    assert int.from_bytes(header[28:32], "little") == bytes_a_second

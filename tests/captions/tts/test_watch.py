import json

from captions.tts.watch import LONGEST_BODY, Watch
from captions.upstream.secret import Secret


class Clock:
    now_s = 100.0

    def __call__(self):
        return self.now_s


def test_only_the_first_time_counts():
    clock = Clock()
    watch = Watch(Secret(), clock)
    clock.now_s += 0.25
    watch.note("connect_ms")
    clock.now_s += 1
    watch.note("connect_ms")
    assert watch.timing.connect_ms == 250.0
    assert watch.timing.ready_ms is None


def test_audio_is_shown_by_its_size():
    wire = Watch(Secret()).text("in", json.dumps({"type": "audio", "data": "AAAA" * 100}))
    assert json.loads(wire.body) == {"type": "audio", "data": "… 300 bytes of audio …"}
    assert wire.size_bytes > 400


def test_audio_inside_another_object_is_found():
    wire = Watch(Secret()).text("in", json.dumps({"data": {"audio": "AAAA" * 100}}))
    assert "300 bytes of audio" in wire.body


def test_the_key_is_not_shown():
    watch = Watch(Secret("a-secret-key"))
    assert "a-secret-key" not in watch.text("in", '{"error": "a-secret-key is not known"}').body
    assert "a-secret-key" not in watch.line("in", "open", "wss://x/?token=a-secret-key").body


def test_a_long_message_is_cut_and_says_so():
    wire = Watch(Secret()).text("out", "x" * (LONGEST_BODY + 1))
    assert (len(wire.body), wire.is_cut, wire.size_bytes) == (LONGEST_BODY, True, LONGEST_BODY + 1)

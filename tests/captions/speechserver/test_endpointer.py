from captions.speechserver.endpointer import FRAME_MS, Ended, Endpointer, Started, Voiced, frame_bytes

FRAME = bytes(frame_bytes())


def run(pattern, endpointer=None):
    """Marks for frames drawn as text: ``x`` voiced, anything else not."""
    endpointer = endpointer or Endpointer()
    return [mark for letter in pattern for mark in endpointer.frame(FRAME, letter == "x")]


def voiced_ms(marks):
    return sum(len(mark.pcm) // 32 for mark in marks if isinstance(mark, Voiced))


def kinds(marks):
    return [type(mark).__name__ for mark in marks if not isinstance(mark, Voiced)]


def test_an_utterance_starts_at_nine_voiced_frames_of_ten():
    assert kinds(run("xxxx.xxxx")) == []
    assert kinds(run("xxxx.xxxxx")) == ["Started"]


def test_it_brings_what_came_just_before():
    marks = run("." * 20 + "x" * 9)
    assert marks[0] == Started(sample=(29 - 17) * FRAME_MS * 16)
    assert voiced_ms(marks) == 17 * FRAME_MS


def test_it_ends_after_300_ms_without_voice():
    assert kinds(run("x" * 20 + "." * 9)) == ["Started"]
    assert kinds(run("x" * 20 + "." * 10)) == ["Started", "Ended"]


def test_after_an_end_the_next_one_can_start():
    assert kinds(run(("x" * 20 + "." * 12) * 2)) == ["Started", "Ended"] * 2


def test_a_long_one_is_cut_at_the_next_short_pause():
    before = "x" * (11_000 // FRAME_MS)
    assert kinds(run(before + "....xxx")) == ["Started"]
    after = "x" * (12_300 // FRAME_MS)
    assert kinds(run(after + "...xxx")) == ["Started"]
    assert kinds(run(after + "....")) == ["Started", "Ended"]


def test_the_longest_is_cut_wherever_it_is():
    marks = run("x" * (20_100 // FRAME_MS))
    assert kinds(marks)[:2] == ["Started", "Ended"]


def test_no_audio_is_lost_or_doubled_between_two_utterances_in_one_breath():
    marks = run("x" * (45_000 // FRAME_MS))
    starts = [mark.sample for mark in marks if isinstance(mark, Started)]
    lengths, length = [], 0
    for mark in marks:
        if isinstance(mark, Voiced):
            length += len(mark.pcm) // 2
        elif isinstance(mark, Ended):
            lengths.append(length)
            length = 0
    assert starts[1] == lengths[0]
    assert starts[2] == lengths[0] + lengths[1]


def test_a_flush_ends_what_is_open_and_says_nothing_of_silence():
    endpointer = Endpointer()
    run("x" * 12, endpointer)
    assert endpointer.flush() == [Ended()]
    assert endpointer.flush() == []


def test_a_flush_keeps_a_word_too_short_to_have_started():
    endpointer = Endpointer()
    run("..xxxxx", endpointer)
    marks = endpointer.flush()
    assert kinds(marks) == ["Started", "Ended"]
    assert voiced_ms(marks) == 7 * FRAME_MS

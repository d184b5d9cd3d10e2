"""The speech service: closes, stalls, is away, refuses."""

from __future__ import annotations

import asyncio
import json
from random import Random
from typing import Any

from tests.chaos.cases.rows import AWAY, CLOSES, REFUSES, STALLS
from tests.chaos.casting import case
from tests.chaos.prepare import slug
from tests.chaos.speech import total_ms
from tests.chaos.stage import Stage

NOTICED_WITHIN_S = 15.0
TOLD_WITHIN_S = 1.0
LEAD_S = 10.0
"""How much longer than its outage a gap may be: attempts come five seconds apart by then."""


def moments(chance: Random, stage: Stage, times: int, *, rest_ms: int = 1_500) -> list[int]:
    """So many moments of the speech, in order; the last leaves some speech to come."""
    last = stage.speech.duration_ms - rest_ms
    return sorted(chance.randrange(500, last) for _ in range(times))


@case(
    CLOSES,
    *({"times": times, "frame": frame} for times in (1, 2, 5, 10, 20) for frame in (False, True)),
    quick={"times": 4, "frame": False},
    words=80,
    tries=3,
)
async def upstream_closes(stage: Stage, times: int, frame: bool, chance: Random) -> None:
    """By a reset, or by a close frame after everything it had to say."""
    await stage.begin()
    for at_ms in moments(chance, stage, times):
        await stage.host.spoken(at_ms)
        if frame:
            await stage.service.close_all(chance.choice((1000, 1001, 1011, 1012)))
        else:
            stage.upstream.cut()
    await stage.finish()
    stage.expect(len(stage.ear.visits) > 1, "nothing was broken")


@case(
    CLOSES,
    *({"code": code} for code in (1000, 1001, 1008, 1011, 1012, 1013, 3000, 4000, 4001, 4408, 4429)),
    quick={"code": 1011},
    words=60,
)
async def upstream_closes_with_a_code(stage: Stage, code: int) -> None:
    """Whatever the code says: after ``ready`` it is worth another try."""
    await stage.begin()
    await stage.host.spoken(4_000)
    await stage.service.close_all(code)
    await stage.host.spoken(10_000)
    await stage.service.close_all(code)
    await stage.finish()


@case(
    STALLS,
    {"how": "answers nothing"},
    {"how": "stops reading"},
    {"how": "black hole"},
    quick={"how": "answers nothing"},
    words=130,
    pace=8,
    tries=3,
)
async def upstream_stalls(stage: Stage, how: str, chance: Random) -> None:
    """It is noticed, the host is told at once, another connection takes over, nothing is lost."""
    await stage.begin()
    await stage.host.spoken(chance.randrange(4_000, 9_000))
    began_ms = stage.clock.passed_ms
    if how == "answers nothing":
        stage.service.configure(stall_after_ms=1)
        # What the line carries may not have been taken yet; and only what is taken now finds the switch.
        taken = stage.service.taken()
        while stage.service.taken() == taken:
            await stage.clock.sleep(0.1)
        stage.service.configure(stall_after_ms=0)
    elif how == "stops reading":
        stage.upstream.hold("up")
    else:
        stage.upstream.go_dark()
    told = await stage.within(
        3 * NOTICED_WITHIN_S,
        stage.host.hear(
            "event",
            lambda report: (
                report["detail"].get("upstream") in ("lost", "connecting") and report["atMs"] > began_ms
            ),
        ),
        "the host was not told of the stall",
    )
    stage.upstream.mend()
    took_s = (told["atMs"] - began_ms) / 1000
    stage.expect(
        took_s <= NOTICED_WITHIN_S + TOLD_WITHIN_S, f"the host was told of the stall after {took_s:.1f} s"
    )
    await stage.finish()


@case(
    AWAY,
    {"for_s": 8, "words": 100},
    {"for_s": 60, "words": 260},
    quick={"for_s": 8, "words": 60},
    tries=3,
)
async def upstream_away(stage: Stage, for_s: float) -> None:
    """Nothing listens there. What the ring holds is sent when it is back."""
    await stage.begin()
    await stage.host.spoken(4_000)
    with stage.upstream.away():
        await stage.clock.sleep(for_s)
    await stage.upstream.open()
    await stage.finish()


@case(
    AWAY,
    {"for_s": 600, "ring_s": 90, "words": 2_300, "pace": 25, "limit_s": 150},
    quick={"for_s": 30, "ring_s": 8, "words": 130, "settings": {"RING_MS": 8_000}},
)
async def upstream_away_for_longer_than_the_ring(stage: Stage, for_s: float, ring_s: float) -> None:
    """One honest gap for what could not be kept; everything before and behind it is there."""
    await stage.begin()
    await stage.host.spoken(4_000)
    with stage.upstream.away():
        await stage.clock.sleep(for_s)
    await stage.upstream.open()
    await stage.finish(most_gaps=1)
    lost_s = total_ms(stage.verdict.gaps) / 1000
    stage.expect(
        0 < lost_s <= for_s - ring_s + LEAD_S,
        f"{lost_s:.1f} s lost of an outage of {for_s} s with a ring of {ring_s} s",
    )
    session = stage.host.session
    for format_ in ("txt", "srt", "vtt"):
        text = await stage.text(f"/sessions/{session}/transcript.{format_}")
        stage.expect("the audio was lost" in text, f"the {format_} export says nothing of the gap")


REFUSALS: dict[str, dict[str, Any]] = {
    "401": {"status": 401, "body": '{"error": "no such key", "code": "UNAUTHORIZED"}'},
    "403": {"status": 403, "body": '{"error": "not for this key", "code": "FORBIDDEN"}'},
    "429": {"status": 429, "body": '{"error": "quota used up", "code": "QUOTA_EXCEEDED"}'},
    "429 with Retry-After": {"status": 429, "Retry_After": "2"},
    "500": {"status": 500},
    "502": {"status": 502},
    "503": {"status": 503},
}
"""How the handshake is answered."""
FOR_GOOD = ("401", "403", "error before ready: UNAUTHORIZED", "close code before ready: 4401")
FAULTS: dict[str, dict[str, Any]] = {
    "error before ready: UNAUTHORIZED": {"init_error": "UNAUTHORIZED", "init_close": 1008},
    "error before ready: QUOTA_EXCEEDED": {"init_error": "QUOTA_EXCEEDED", "init_close": 1013},
    "error before ready: INTERNAL_ERROR": {"init_error": "INTERNAL_ERROR", "init_close": 1011},
    "close code before ready: 4401": {"init_close": 4401},
    "close code before ready: 1011": {"init_close": 1011},
    "close code before ready: 1013": {"init_close": 1013},
}
"""How ``init`` is answered."""
QUOTA_TRIES = 6
"""A quota is asked so often at the most before the host is told that it is over."""


def _refuse(stage: Stage, how: str) -> None:
    if how in REFUSALS:
        stage.upstream.answer(**REFUSALS[how])
    else:
        stage.service.configure(**FAULTS[how])


def _relent(stage: Stage, how: str) -> None:
    stage.upstream.answer_no_more()
    for switch in FAULTS.get(how, {}):
        stage.service.configure(**{switch: "" if switch == "init_error" else 0})


@case(
    REFUSES,
    *({"how": how} for how in FOR_GOOD),
    quick={"how": "401"},
    words=30,
)
async def upstream_refuses_for_good(stage: Stage, how: str) -> None:
    """A key that is wrong, at the start: no second attempt, and the host reads what to do."""
    _refuse(stage, how)
    await stage.page()
    stage.host.tell("start")
    refused = (await stage.host.hear("refused"))["detail"]
    stage.expect(refused["code"] == "upstream.refused", f"the host was told {refused['code']}")
    stage.expect("key" in refused["message"].lower(), f"the host was told: {refused['message']}")
    await stage.clock.sleep(20)
    stage.expect(stage.upstream.accepted == 1, f"{stage.upstream.accepted} attempts where none could help")
    stage.verdict.spoken = 0


@case(
    REFUSES,
    *({"how": how} for how in (*REFUSALS, *FAULTS) if how not in FOR_GOOD),
    quick={"how": "503"},
    words=100,
)
async def upstream_refuses_for_a_while(stage: Stage, how: str) -> None:
    """In the middle of a session: it is asked again, not too often, and nothing is lost."""
    await stage.begin()
    await stage.host.spoken(4_000)
    before = stage.upstream.accepted
    _refuse(stage, how)
    stage.upstream.cut()
    await stage.host.hear("problem")
    await stage.clock.sleep(10)
    tries = stage.upstream.accepted - before
    stage.expect(tries <= 12, f"{tries} attempts in 10 s")
    _relent(stage, how)
    await stage.finish()


@case(REFUSES, {"how": "429"}, {"how": "429 with Retry-After"}, words=30, limit_s=90)
async def upstream_refuses_until_the_host_is_told(stage: Stage, how: str) -> None:
    """A quota that does not come back: attempts are bounded, then the host is told what it is."""
    _refuse(stage, how)
    await stage.page()
    stage.host.tell("start")
    stage.host.speak()
    refused = (await stage.host.hear("refused"))["detail"]
    stage.expect(refused["code"] == "upstream.refused", f"the host was told {refused['code']}")
    stage.expect(refused["message"], "the host was not told why")
    stage.expect(stage.upstream.accepted <= QUOTA_TRIES, f"{stage.upstream.accepted} attempts")
    stage.verdict.spoken = 0


@case(
    REFUSES,
    {"how": "503"},
    {"how": "away"},
    {"how": "429 with Retry-After"},
    words=120,
    pace=2,
    viewers=0,
    limit_s=150,
    alone=True,
)
async def fifty_rooms_fail_at_once(stage: Stage, how: str) -> None:
    """All sessions of a worker lose the service in the same moment; it is not stormed, and all come back."""
    rooms, outage_s = 50, 20.0
    pcm = stage.ear.original
    site = stage.worker.site
    async with asyncio.TaskGroup() as group, asyncio.timeout(stage.setting.limit_s):
        hall = [group.create_task(_speak(stage, site, slug(number), pcm)) for number in range(1, rooms + 1)]
        while len([visit for visit in stage.ear.visits if len(visit.audio) > 64_000]) < rooms:
            await stage.clock.sleep(0.2)
        before = stage.upstream.accepted
        if how == "away":
            with stage.upstream.away():
                await stage.clock.sleep(outage_s)
            await stage.upstream.open()
        else:
            _refuse(stage, how)
            stage.upstream.cut()
            await stage.clock.sleep(outage_s)
            tries = stage.upstream.accepted - before
            stage.expect(tries <= 2 * rooms, f"{tries} attempts of {rooms} rooms in {outage_s:.0f} s")
            _relent(stage, how)
    for task in hall:
        words, gaps = task.result()
        stage.verdict.spoken += len(stage.speech.spoken)
        stage.verdict.lost += len(stage.speech.spoken) - len(set(words))
        stage.verdict.repeated += len(words) - len(set(words))
        stage.expect(words == [word.text for word in stage.speech.spoken], "a room's words are not all there")
        stage.expect(not gaps, "a room has a gap")


async def _speak(stage: Stage, site: Any, room: str, pcm: bytes) -> tuple[list[str], int]:
    """A host of few words: a plain client that speaks to the end and stops. What the room then holds."""
    path = f"/ws/rooms/{room}/host/"
    async with site.socket(path, cookie=stage.database.cookie) as line:
        await line.say("start")
        await line.hear("ready")
        reading = asyncio.create_task(_hear_out(line))
        began_s = stage.clock.monotonic_s()
        for at in range(0, len(pcm), 16_000):
            await stage.clock.sleep(max(0.0, began_s + at / 32_000 - stage.clock.monotonic_s()))
            await line.line.send((at // 2).to_bytes(4, "little") + pcm[at : at + 16_000])
        await line.say("stop")
        await reading
    rows = (await stage.ask(f"/r/{room}/segments?after=0"))["segments"]
    words = [word for row in rows for word in row["text"].split()]
    return words, sum(row["kind"] == "gap" for row in rows)


async def _hear_out(line: Any) -> None:
    async for message in line.line:
        if json.loads(message)["type"] == "stopped":
            return
    raise AssertionError("a room's socket was closed before it had stopped")

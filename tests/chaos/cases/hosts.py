"""The host: its network is cut, its page is loaded again, its laptop sleeps, there is a second tab."""

from __future__ import annotations

from random import Random

from tests.chaos.cases.rows import HOST
from tests.chaos.cases.upstream import moments
from tests.chaos.casting import case
from tests.chaos.stage import Stage


@case(
    HOST,
    *({"for_s": for_s, "how": how} for for_s in (1, 5, 20, 60) for how in ("cut", "black hole")),
    quick={"for_s": 8, "how": "cut", "words": 60},
    words=260,
    tries=2,
)
async def host_without_network(stage: Stage, for_s: float, how: str, chance: Random) -> None:
    """The page keeps the audio and sends it when the line is back; the session goes on."""
    await stage.begin()
    await stage.host.spoken(chance.randrange(2_000, 8_000))
    if how == "cut":
        with stage.door.away():
            await stage.clock.sleep(for_s)
        await stage.door.open()
    else:
        stage.door.go_dark()
        await stage.clock.sleep(for_s)
        stage.door.mend()
    await stage.finish()


@case(HOST, {"times": 8}, {"times": 20}, quick={"times": 5}, words=80, tries=2)
async def host_with_a_network_that_flaps(stage: Stage, times: int, chance: Random) -> None:
    """Broken again and again, sometimes before it was back on the air."""
    await stage.begin()
    for at_ms in moments(chance, stage, times):
        await stage.host.spoken(at_ms)
        stage.door.cut()
    await stage.finish()


@case(HOST, {"delay_s": 0.5}, {"delay_s": 2.0}, words=60)
async def host_with_a_slow_network(stage: Stage, delay_s: float) -> None:
    """All that goes to and fro is late; nothing else is."""
    stage.door.delay_s = delay_s / stage.setting.pace
    await stage.begin()
    await stage.finish()


@case(
    HOST,
    {"away_s": 0.5, "how": "reload"},
    {"away_s": 5, "how": "reload"},
    {"away_s": 20, "how": "reload", "words": 220},
    {"away_s": 5, "how": "crash"},
    quick={"away_s": 4, "how": "reload"},
    words=100,
    tries=2,
)
async def host_page_is_loaded_again(stage: Stage, away_s: float, how: str, chance: Random) -> None:
    """It offers to go on; what was said meanwhile is a gap, nothing else is missing."""
    await stage.begin()
    await stage.host.spoken(chance.randrange(4_000, 9_000))
    first, session = stage.host, stage.host.session
    await (first.leave() if how == "reload" else first.crash())
    page = await stage.text(f"/rooms/{stage.slug}/host/")
    stage.expect(f'data-session="{session}"' in page, "the page does not offer to go on")
    await stage.clock.sleep(away_s)
    second = await stage.page(kept=first.kept)
    ready = await second.resume(session)
    stage.expect(ready["session"] == session, "it is another session")
    resumes = second.of("resumes")[0]["resumeAtMs"]
    unsaid = [(first.spoken_ms, int(resumes))] if resumes > first.spoken_ms else []
    await stage.finish(most_gaps=1, unsaid=unsaid)


@case(HOST, {"for_s": 10}, {"for_s": 30}, quick={"for_s": 8, "words": 60}, words=160, tries=2)
async def host_laptop_sleeps(stage: Stage, for_s: float, chance: Random) -> None:
    """Nothing is captured meanwhile: one gap says how long. The session goes on."""
    await stage.begin()
    await stage.host.spoken(chance.randrange(4_000, 9_000))
    host = stage.host
    host.tell("sleep")
    await stage.clock.sleep(0.5)
    host.sleep()
    await stage.clock.sleep(for_s)
    host.wake()
    host.tell("wake")
    woke = await host.hear("woke")
    unsaid = [(woke["spokenMs"] - woke["missedMs"], woke["spokenMs"])]
    await stage.finish(most_gaps=1, unsaid=unsaid)


@case(HOST, quick={}, words=80, tries=2)
async def host_goes_on_in_a_second_tab(stage: Stage, chance: Random) -> None:
    """The first tab is told and lets go; the session is one."""
    await stage.begin()
    await stage.host.spoken(chance.randrange(4_000, 9_000))
    first, session = stage.host, stage.host.session
    second = await stage.page(kept=first.kept)
    ready = await second.resume(session)
    stage.expect(ready["session"] == session, "it is another session")
    refused = (await first.hear("refused"))["detail"]
    stage.expect(refused["code"] == "room.superseded", f"the first tab was told {refused['code']}")
    await stage.finish()


@case(HOST, quick={}, words=60)
async def host_meets_a_second_host(stage: Stage) -> None:
    """Whoever comes while somebody speaks is refused by name, and the speaker notices nothing."""
    await stage.begin()
    await stage.host.spoken(3_000)
    first = stage.host
    second = await stage.page()
    second.tell("start")
    refused = (await second.hear("refused"))["detail"]
    stage.expect(refused["code"] == "room.host_taken", f"the second host was told {refused['code']}")
    stage.host = first
    await stage.finish()


@case(HOST, quick={}, words=40, tries=5)
async def host_does_not_hear_that_it_is_on_the_air(stage: Stage) -> None:
    """The line breaks on the answer to its start: the same start goes on with the session it has begun."""
    for _ in range(stage.setting.viewers):
        await stage.viewer()
    host = await stage.page()
    host.tell("start")
    await host.hear("event")
    stage.door.cut()
    host.speak()
    await stage.finish()

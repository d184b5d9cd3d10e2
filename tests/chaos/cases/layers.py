"""The channel layer between two workers: away, paused, full, or dropping messages without a word."""

from __future__ import annotations

import signal

from tests.chaos.cases.rows import LAYER, LAYER_DROPS
from tests.chaos.casting import case
from tests.chaos.stage import Stage


async def begin(stage: Stage) -> None:
    """One viewer in the host's own process besides those of the other one."""
    await stage.viewer(worker=0)
    await stage.begin()


def near_viewer_noticed_nothing(stage: Stage) -> None:
    """It was never behind: every version came by itself, in order."""
    near = stage.viewers[0]
    stage.expect(all(report["whole"] for report in near.of("log")), "a viewer beside the host was behind")
    stage.expect(len(near.closes) == 0, "a viewer beside the host was cut off")


@case(
    LAYER,
    *({"how": how, "for_s": for_s} for how in ("away", "paused") for for_s in (5, 30)),
    quick={"how": "away", "for_s": 6},
    needs=["redis-server"],
    words=130,
    workers=2,
    layer="pubsub",
    tries=2,
)
async def layer_is_away(stage: Stage, how: str, for_s: float) -> None:
    """Whoever sits in the host's process notices nothing; the others catch up by version."""
    await begin(stage)
    await stage.host.spoken(4_000)
    if how == "away":
        with stage.to_redis.away():
            await stage.clock.sleep(for_s)
        await stage.to_redis.open()
    else:
        stage.to_redis.hold()
        await stage.clock.sleep(for_s)
        stage.to_redis.release()
    await stage.finish()
    near_viewer_noticed_nothing(stage)


@case(LAYER, {}, needs=["redis-server"], words=100, workers=2, layer="tight")
async def layer_is_full(stage: Stage) -> None:
    """Redis has no memory left for messages."""
    import redis.asyncio

    await begin(stage)
    await stage.host.spoken(4_000)
    async with redis.asyncio.Redis(port=stage.to_redis.target[1]) as client:
        await client.config_set("maxmemory", 1)
        await stage.clock.sleep(12)
        await client.config_set("maxmemory", 0)
    await stage.finish()
    near_viewer_noticed_nothing(stage)


@case(LAYER_DROPS, quick={}, needs=["redis-server"], words=130, workers=2, layer="tight", tries=3)
async def layer_drops_messages(stage: Stage) -> None:
    """It holds one message and drops what comes besides: seen by version, and refilled."""
    await begin(stage)
    await stage.host.spoken(4_000)
    stage.workers[-1].signal(signal.SIGSTOP)  # it reads nothing for a while, so more than one message waits
    await stage.clock.sleep(4)
    stage.workers[-1].signal(signal.SIGCONT)
    await stage.finish()
    near_viewer_noticed_nothing(stage)
    refills = [line for line in stage.workers[-1].log if "event=refilled" in line]
    stage.expect(refills, "nothing was dropped, or nobody noticed")

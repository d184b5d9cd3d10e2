"""A day's speech time: counted, warned of, and ended at the end of a sentence."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest
from asgiref.sync import sync_to_async

from captions.audio import ms_to_samples, samples_to_ms
from captions.live import onair
from captions.live.spend import Meter, Spend
from captions.live.uncounted import uncounted
from captions.models import Role, Segment, Session, Usage
from captions.services import rooms, usage
from captions.spending import Level, Limit, Limits, Payer, Standing
from tests.captions.browsers import browser, host_of, send_all, viewer_of
from tests.captions.live.test_onair import locked_database, missing_table, stopped, stored_text
from tests.speech import MARK_MS, position_pcm, silence_pcm, spoken

HOST = host_of("town-hall")
VIEWER = viewer_of("town-hall")
ADA, BEN = Payer(1, 1), Payer(1, 2)
SECOND = 1 / 60
"""Of a minute, in which limits are set."""
ask = sync_to_async


# --- the meter, which reckons ---


def standing(used_ms: int = 0, *, day: int = 1, room_ms: int = 0, user_ms: int = 0) -> Standing:
    used = ms_to_samples(used_ms)
    return Standing(
        day=dt.date(2026, 3, day),
        resets_at=dt.datetime(2026, 3, day + 1, tzinfo=dt.UTC),
        room=Level(Limit.ROOM, used, room_ms),
        user=Level(Limit.USER, used, user_ms),
        site=Level(Limit.SITE, used),
    )


def warned(meter: Meter) -> list[Limit]:
    return [level.limit for level in meter.warnings(0.8)]


def test_what_is_not_saved_yet_counts_already():
    meter = Meter(ADA, standing(1000))
    meter.count(ms_to_samples(300))
    meter.count(ms_to_samples(500))
    assert meter.standing.room.used_ms == 1500


def test_what_is_saved_is_not_counted_twice():
    meter = Meter(ADA, standing(1000))
    meter.count(ms_to_samples(500))
    meter.saved(ADA, ms_to_samples(300))
    meter.stands_at(standing(1300))
    assert meter.standing.room.used_ms == 1500
    assert meter.unsaved[ADA] == ms_to_samples(200)


def test_each_limit_is_warned_of_once():
    meter = Meter(ADA, standing(7900, room_ms=10_000, user_ms=12_000))
    assert warned(meter) == []
    meter.count(ms_to_samples(100))
    assert warned(meter) == ["room"]
    meter.count(ms_to_samples(1700))
    assert warned(meter) == ["user"]
    meter.count(ms_to_samples(1800))
    assert warned(meter) == []


def test_what_is_used_up_is_no_longer_near():
    assert warned(Meter(ADA, standing(10_000, room_ms=10_000))) == []


def test_a_new_day_warns_anew():
    meter = Meter(ADA, standing(9000, room_ms=10_000))
    assert warned(meter) == ["room"]
    meter.stands_at(standing(0, day=2, room_ms=10_000))
    assert warned(meter) == []
    meter.stands_at(standing(9000, day=2, room_ms=10_000))
    assert warned(meter) == ["room"]


def test_whoever_takes_the_session_over_pays_from_then_on():
    meter = Meter(ADA, standing())
    meter.count(100)
    meter.bill(BEN, standing())
    meter.count(150)
    assert dict(meter.unsaved) == {ADA: 100, BEN: 50}


# --- when it stops ---


class Relay:
    """A relay session as far as it is asked."""

    sent_samples = 0
    is_between_sentences = False


class Desk:
    """A spend whose time is set by hand, and what it has said."""

    def __init__(self, begin: Standing) -> None:
        self.now_s = 0.0
        self.relay = Relay()
        self.told: list[str] = []
        self.stops: list[str] = []
        self.spend = Spend(
            Meter(ADA, begin),
            self.relay,
            tell=lambda out: self.told.append(out.type),
            stop=lambda error: self.stops.append(error.code),
            clock=lambda: self.now_s,
        )

    def send(self, ms: int) -> None:
        self.relay.sent_samples += ms_to_samples(ms)
        self.spend.look()


def test_in_the_middle_of_a_sentence_it_goes_on_to_the_end_of_it():
    desk = Desk(standing(room_ms=1000))
    desk.send(1500)
    assert desk.stops == []
    desk.spend.look(sentence_is_over=True)
    assert desk.stops == ["spend.used_up"]


def test_where_nobody_speaks_it_stops_at_once():
    desk = Desk(standing(room_ms=1000))
    desk.relay.is_between_sentences = True
    desk.send(999)
    assert desk.stops == []
    desk.send(1)
    assert desk.stops == ["spend.used_up"]


def test_a_sentence_without_an_end_is_cut_after_a_while(settings):
    settings.SPEND_GRACE_S = 20.0
    desk = Desk(standing(room_ms=1000))
    desk.send(1000)
    desk.now_s = 19.9
    desk.spend.look()
    assert desk.stops == []
    desk.now_s = 20.0
    desk.spend.look()
    assert desk.stops == ["spend.used_up"]


def test_a_session_that_comes_back_with_nothing_left_is_given_time_for_what_was_kept(settings):
    settings.SPEND_GRACE_S = 20.0
    desk = Desk(standing(room_ms=1000).plus(ms_to_samples(1000)))
    desk.relay.is_between_sentences = True  # nothing has come yet
    desk.spend.look()
    desk.spend.look(sentence_is_over=True)
    assert desk.stops == []
    desk.now_s = 20.0
    desk.spend.look()
    assert desk.stops == ["spend.used_up"]


def test_more_that_is_given_meanwhile_lets_it_go_on():
    desk = Desk(standing(room_ms=1000))
    desk.send(1000)
    desk.spend.meter.stands_at(standing(room_ms=5000))
    desk.spend.look(sentence_is_over=True)
    assert desk.stops == []


def test_a_host_is_told_when_it_is_here_and_then_by_the_minute():
    desk = Desk(standing(room_ms=3_600_000))
    desk.send(100)
    assert desk.told == [], "nobody is here yet"
    desk.spend.tell_host()
    desk.send(59_800)
    assert desk.told == ["spend"]
    desk.send(60_000)
    assert desk.told == ["spend", "spend"]


# --- sessions on the air, with a speech server ---


@pytest.fixture
def quick(settings):
    """Looks and saves many times a second, and sends faster than one can speak."""
    settings.SPEND_CHECK_S = 0.02
    settings.SPEND_SAVE_S = 0.05
    settings.REPLAY_RATE = 40.0
    return settings


@ask
def used_ms(**of):
    return samples_to_ms(Usage.objects.filter(**of).total_samples())


@ask
def use(room, who, ms):
    usage.add(usage.payer(room, who), ms_to_samples(ms), Limits())


async def all_over():
    async with asyncio.timeout(10):
        await asyncio.gather(*(air.ended() for air in list(onair._airs.values())))


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("quick")
class TestOnTheAir:
    async def test_what_a_session_has_sent_is_counted(self, speech, room, ada_cookie):
        audio, _ = spoken(25)
        async with browser(HOST, cookie=ada_cookie) as host:
            await host.say("start")
            await host.hear("ready")
            await send_all(host, audio)
            await stopped(host)
        assert await used_ms(room__slug="town-hall", user__username="ada") == len(audio) // 32
        assert await Usage.objects.acount() == 1

    async def test_what_is_sent_again_is_counted_again(self, speech, room, ada_cookie):
        async with browser(HOST, cookie=ada_cookie) as host:
            await host.say("start")
            await host.hear("ready")
            await send_all(host, position_pcm(0, 10))
            await host.hear("interim", lambda interim: "w8" in interim["text"])
            speech.drop_all()
            await host.hear("error")
            await stopped(host)
        assert await stored_text() == " ".join(f"w{n}" for n in range(10))
        assert await used_ms() > 10 * MARK_MS

    async def test_a_host_is_told_what_is_used_and_left_after_ready(
        self, speech, room, ada, ada_cookie, quick
    ):
        quick.MINUTES_PER_ROOM = 60
        await use(room, ada, 12 * 60_000)
        async with browser(HOST, cookie=ada_cookie) as host:
            await host.say("start")
            await host.hear("spend")
            await stopped(host)
        told = [message for message in host.heard if message["type"] in {"ready", "spend", "stopped"}]
        assert [message["type"] for message in told] == ["ready", "spend", "spend", "stopped"]
        resets_at = dt.datetime.fromisoformat(told[1].pop("resets_at"))
        assert dt.timedelta(0) < resets_at - dt.datetime.now(dt.UTC) <= dt.timedelta(days=1)
        assert told[1] == {
            "type": "spend",
            "used_ms": 12 * 60_000,
            "left_ms": 48 * 60_000,
            "limit": "room",
            "near": False,
        }

    async def test_without_a_limit_it_is_counted_all_the_same(self, speech, room, ada, ada_cookie):
        await use(room, ada, 12 * 60_000)
        async with browser(HOST, cookie=ada_cookie) as host:
            await host.say("start")
            told = await host.hear("spend")
            await send_all(host, position_pcm(0, 5))
            await stopped(host)
        assert (told["used_ms"], told["left_ms"], told["limit"]) == (12 * 60_000, None, None)
        assert host.of("spend")[-1]["used_ms"] == 12 * 60_000 + 1000, "and once more at the end"

    async def test_it_warns_once_and_stops_at_the_end_of_the_sentence_with_every_word_stored(
        self, speech, room, ada_cookie, quick
    ):
        quick.MINUTES_PER_ROOM = 10 * SECOND
        sentence = [f"w{n}" for n in range(55)]
        async with browser(VIEWER) as viewer, browser(HOST, cookie=ada_cookie) as host:
            await viewer.hear("hello")
            await host.say("start")
            await host.hear("ready")
            # Eleven seconds without a pause: the warning and the limit come in the middle of them.
            sent = await send_all(host, position_pcm(0, 42))
            assert (await host.hear("error"))["code"] == "spend.near"
            sent = await send_all(host, position_pcm(42, 13), first_sample=sent)
            await host.hear("interim", lambda interim: "w52" in interim["text"])
            assert "spend.used_up" not in [error["code"] for error in host.of("error")]
            await send_all(host, silence_pcm(1000) + position_pcm(100, 3), first_sample=sent)
            assert await host.closed() == 4402
            await viewer.hear("status", lambda status: not status["live"])
        errors = [(error["code"], error["fatal"]) for error in host.of("error")]
        assert errors == [("spend.near", False), ("spend.used_up", True)]
        assert host.of("spend")[-1]["left_ms"] == 0
        assert (await stored_text()).split()[:55] == sentence
        assert (await Session.objects.aget()).is_over
        assert speech.open_connections == 0
        assert await used_ms() >= 10_000

    async def test_what_was_sent_before_the_stop_is_stored_though_nobody_pauses(
        self, speech, room, ada_cookie, quick
    ):
        quick.MINUTES_PER_ROOM = 2 * SECOND
        quick.SPEND_GRACE_S = 0.2
        async with browser(HOST, cookie=ada_cookie) as host:
            await host.say("start")
            await host.hear("ready")
            await send_all(host, position_pcm(0, 30))
            assert await host.closed() == 4402
        assert await stored_text() == " ".join(f"w{n}" for n in range(30))
        assert not await Segment.objects.filter(kind="gap").aexists()

    async def test_nothing_is_started_where_nothing_is_left(self, speech, room, ada, ada_cookie, quick):
        quick.MINUTES_PER_ROOM = 1
        await use(room, ada, 60_000)
        async with browser(HOST, cookie=ada_cookie) as host:
            await host.say("start")
            assert await host.closed() == 4402
        (error,) = host.of("error")
        assert (error["code"], error["fatal"]) == ("spend.used_up", True)
        for words in ("limit of this room: 1 min", "anew at 00:00 UTC", "ask whoever runs this site"):
            assert words in error["message"]
        assert speech.log() == []
        assert not await Session.objects.aexists()

    async def test_the_limit_that_is_used_up_is_named(self, speech, room, ada, ben, ada_cookie, quick):
        quick.MINUTES_PER_USER, quick.MINUTES_IN_ALL = 1, 3
        other = await ask(rooms.create_room)(owner=ben, title="Other")
        await use(other, ada, 60_000)
        async with browser(HOST, cookie=ada_cookie) as host:
            await host.say("start")
            assert "limit of one account" in (await host.hear("error"))["message"]
        quick.MINUTES_PER_USER = 0
        await use(other, ben, 120_000)
        async with browser(HOST, cookie=ada_cookie) as host:
            await host.say("start")
            assert "limit of the whole site" in (await host.hear("error"))["message"]

    async def test_two_sessions_of_one_account_share_its_limit(
        self, speech, room, ada, ben, ada_cookie, quick
    ):
        quick.MINUTES_PER_USER = 4 * SECOND
        other = await ask(rooms.create_room)(owner=ben, title="Other", slug="other")
        await ask(rooms.add_member)(other, ada, Role.HOST)
        async with (
            browser(HOST, cookie=ada_cookie) as first,
            browser(host_of("other"), cookie=ada_cookie) as second,
        ):
            for host in (first, second):
                await host.say("start")
                await host.hear("ready")
            # Neither comes to the limit alone; the second one is silent when it is reached.
            await send_all(second, position_pcm(100, 10) + silence_pcm(1000))
            await second.hear("final")
            await send_all(first, position_pcm(0, 5) + silence_pcm(1000))
            assert await first.closed() == 4402
            assert await second.closed() == 4402
            await all_over()
        assert sorted((await stored_text()).split()) == sorted(
            [f"w{n}" for n in range(5)] + [f"w{n}" for n in range(100, 110)]
        )
        for host in (first, second):
            assert "limit of one account" in host.of("error")[-1]["message"]

    async def test_a_host_that_comes_back_in_its_last_sentence_may_finish_it(
        self, speech, room, ada_cookie, quick
    ):
        quick.MINUTES_PER_ROOM = 2 * SECOND
        async with browser(HOST, cookie=ada_cookie) as host:
            await host.say("start")
            session = (await host.hear("ready"))["session"]
            sent = await send_all(host, position_pcm(0, 12))
            async with asyncio.timeout(10):
                while await used_ms() < 2000:  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
        async with browser(HOST, cookie=ada_cookie) as host:
            await host.say("start", session=session)
            assert (await host.hear("ready"))["samples"] == sent
            await send_all(host, position_pcm(12, 3) + silence_pcm(1000), first_sample=sent)
            assert await host.closed() == 4402
        assert await stored_text() == " ".join(f"w{n}" for n in range(15))

    async def test_what_a_host_kept_while_its_worker_went_is_heard_though_nothing_is_left(
        self, speech, room, ada, ada_cookie, quick
    ):
        quick.MINUTES_PER_ROOM = 1
        quick.SPEND_GRACE_S = 1.0
        async with browser(HOST, cookie=ada_cookie) as host:
            await host.say("start")
            session = (await host.hear("ready"))["session"]
            sent = await send_all(host, position_pcm(0, 12))
            await host.hear("heard")
            await onair.let_all_go()
        await use(room, ada, 60_000)
        async with browser(HOST, cookie=ada_cookie) as host:
            await host.say("start", session=session)
            first = (await host.hear("ready"))["samples"]
            kept = position_pcm(0, 15)[2 * first :]
            assert first <= sent
            await send_all(host, kept, first_sample=first)
            assert await host.closed() == 4402
        assert await stored_text() == " ".join(f"w{n}" for n in range(15))
        assert not await Segment.objects.filter(kind="gap").aexists()

    async def test_a_database_that_is_away_for_a_while_is_told_later(self, speech, room, ada_cookie, quick):
        audio, words = spoken(20)
        async with browser(HOST, cookie=ada_cookie) as host:
            await host.say("start")
            await host.hear("ready")
            async with missing_table("captions_usage"):
                await send_all(host, audio)
                await host.hear("final", lambda final: "w19" in final["segment"]["text"])
            await stopped(host)
        assert await stored_text() == " ".join(words)
        assert await used_ms() == len(audio) // 32

    async def test_a_database_that_is_away_at_the_end_is_told_when_it_is_back(
        self, speech, room, ada_cookie, quick
    ):
        audio, _ = spoken(10)
        async with browser(HOST, cookie=ada_cookie) as host:
            await host.say("start")
            await host.hear("ready")
            async with missing_table("captions_usage"):
                await send_all(host, audio)
                await stopped(host)
                assert samples_to_ms(uncounted.samples) == len(audio) // 32
        await uncounted.let_go()
        assert await used_ms() == len(audio) // 32

    async def test_a_limit_holds_while_the_database_is_away(self, speech, room, ada_cookie, quick):
        quick.MINUTES_PER_ROOM = 2 * SECOND
        async with browser(HOST, cookie=ada_cookie) as host:
            await host.say("start")
            await host.hear("ready")
            async with missing_table("captions_usage"):
                await send_all(host, position_pcm(0, 12) + silence_pcm(1000))
                assert await host.closed() == 4402
        await uncounted.let_go()
        assert await used_ms() >= 2000

    async def test_a_locked_database_counts_nothing_twice(self, speech, room, ada_cookie, quick):
        audio, _ = spoken(10)
        async with browser(HOST, cookie=ada_cookie) as host:
            await host.say("start")
            await host.hear("ready")
            async with locked_database():
                await send_all(host, audio)
                await host.hear("interim", lambda interim: "w8" in interim["text"])
            await stopped(host)
        assert await used_ms() == len(audio) // 32

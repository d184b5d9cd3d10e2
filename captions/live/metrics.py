"""What a process of ours says to Prometheus: read when asked, from what is counted and what is there.

Nothing on the way of audio or captions knows of this: it adds to plain numbers (:mod:`captions.live.counts`,
:mod:`captions.relay.counts`), and rooms, sessions and outboxes are looked at during a scrape. A registry of
our own, so that importing twice registers nothing twice. Call :func:`exposition` on the event loop.

No label has a value from outside: no room, no account, nothing that a browser or the upstream said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate
from typing import get_args

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from captions import database
from captions.audio import RATE_HZ
from captions.errors import CaptionError, FaultKind, UpstreamGarbled, UpstreamLost, UpstreamRefused
from captions.live.counts import LiveCounts, counts
from captions.live.hub import hubs
from captions.live.onair import airs
from captions.live.turns import turns
from captions.relay.counts import Times
from captions.relay.session import UpstreamState
from captions.tts.providers import PROVIDERS

KINDS = ("viewer", "host", "stream", "talk", "tts")
SPEECHES = ("done", "stopped", "failed")
UPSTREAMS = get_args(UpstreamState)
LOST = (
    UpstreamLost.code,
    UpstreamGarbled.code,
    UpstreamRefused.code,
    *(f"{UpstreamRefused.code}.{kind}" for kind in FaultKind if kind is not FaultKind.TRANSIENT),
)


def codes_under(base: type[CaptionError]) -> Iterator[str]:
    """Every code of the tree of errors."""
    yield base.code
    for error in base.__subclasses__():
        yield from codes_under(error)


class LiveCollector(Collector):
    """Rooms, sessions, sockets, audio, captions, and what went wrong with them, in this process."""

    def __init__(self, counts: LiveCounts) -> None:
        self._counts = counts

    def describe(self) -> Iterable[Metric]:
        """Nothing: registering must not look at what is not there yet."""
        return []

    def collect(self) -> Iterator[Metric]:
        yield from self._standing()
        yield from self._queues()
        yield from self._audio()
        yield from self._captions()
        yield from self._speeches()
        yield from self._trouble()
        yield from self._latency()

    def _standing(self) -> Iterator[Metric]:
        yield _gauge("voxweb_rooms", "Rooms that somebody in this process is in.", len(hubs()))
        standing: dict[str, int] = dict.fromkeys(UPSTREAMS, 0)
        for air in airs():
            standing[air.relay.upstream] += 1
        yield _gauges(
            "voxweb_sessions", "Sessions on the air, by how the speech service is.", "upstream", standing
        )
        connected = {kind: self._counts.connected[kind] for kind in KINDS}
        yield _gauges("voxweb_connections", "Open sockets and event streams, by kind.", "kind", connected)
        yield _counters(
            "voxweb_connections_opened",
            "Sockets and event streams that were opened, by kind.",
            "kind",
            {kind: self._counts.opened[kind] for kind in KINDS},
        )
        yield _gauge(
            "voxweb_upstream_connections",
            "Open connections to the speech service.",
            self._counts.relay.open_connections,
        )

    def _queues(self) -> Iterator[Metric]:
        boxes = [box for hub in hubs() for box in hub.outboxes]
        lengths, sizes = [len(box) for box in boxes], [box.size_bytes for box in boxes]
        yield _gauge("voxweb_outbox_messages", "Messages that wait for sockets, all together.", sum(lengths))
        yield _gauge(
            "voxweb_outbox_longest_messages",
            "Messages that wait for the slowest socket.",
            max(lengths, default=0),
        )
        yield _gauge("voxweb_outbox_bytes", "Text that waits for sockets, all together.", sum(sizes))
        yield _gauge(
            "voxweb_outbox_longest_bytes", "Text that waits for the slowest socket.", max(sizes, default=0)
        )
        relays = [air.relay for air in airs()]
        yield _gauge(
            "voxweb_unstored_captions",
            "Finals and gaps that wait to be stored, all together.",
            sum(relay.unstored for relay in relays),
        )
        yield _gauge(
            "voxweb_unstored_longest_captions",
            "Finals and gaps that wait to be stored in the session with most of them.",
            max((relay.unstored for relay in relays), default=0),
        )
        yield _gauge(
            "voxweb_audio_held_seconds",
            "Audio kept for a replay, all together.",
            sum(relay.held_samples for relay in relays) / RATE_HZ,
        )
        yield _gauges(
            "voxweb_database_calls",
            "Calls to the database that somebody waits for: on the one writer thread, on the readers.",
            "queue",
            database.waiting(),
        )

    def _audio(self) -> Iterator[Metric]:
        relay = self._counts.relay
        for name, samples, about in (
            ("received", relay.received_samples, "Audio accepted from hosts, repetitions left out."),
            ("sent", relay.sent_samples, "Audio sent to the speech service, replays included."),
            ("replayed", relay.replayed_samples, "Audio sent to the speech service once more."),
        ):
            yield _counter(f"voxweb_audio_{name}_seconds", about, samples / RATE_HZ)
        yield _counter(
            "voxweb_upstream_connected",
            "Connections to the speech service that got as far as ready.",
            relay.connections,
        )
        yield _counters(
            "voxweb_upstream_lost",
            "Connections to the speech service that broke or never came about, by reason.",
            "reason",
            dict.fromkeys(LOST, 0) | relay.lost,
        )

    def _captions(self) -> Iterator[Metric]:
        relay = self._counts.relay
        yield _counter("voxweb_interims", "Interims that came from the speech service.", relay.interims)
        yield _counter("voxweb_finals", "Finals that came from the speech service.", relay.finals)
        yield _counter("voxweb_finals_stored", "Finals that were stored.", self._counts.finals_stored)
        yield _counter("voxweb_gaps", "Stretches of audio that were lost.", relay.gaps)
        yield _counter("voxweb_gap_seconds", "Audio that was lost.", relay.gap_ms / 1000)
        yield _counter(
            "voxweb_messages_sent", "Messages that sockets and streams took.", self._counts.messages_sent
        )
        yield _counter("voxweb_interims_sent", "Interims among them.", self._counts.interims_sent)
        yield _counters(
            "voxweb_refills",
            "Times that somebody was sent what had been missed: resumed, asked for, noticed by the ticker.",
            "why",
            {why: self._counts.refills[why] for why in ("resumed", "asked", "noticed")},
        )

    def _speeches(self) -> Iterator[Metric]:
        counted = self._counts
        yield _gauges(
            "voxweb_speaking",
            "Texts that are being spoken, by provider.",
            "provider",
            {name: turns.by_provider[name] for name in PROVIDERS},
        )
        yield _counters(
            "voxweb_speeches",
            "Texts that were to be spoken, by how that ended.",
            "ended",
            {how: counted.speeches[how] for how in SPEECHES},
        )
        yield _counters(
            "voxweb_spoken_characters",
            "Characters that were sent to be spoken, by provider.",
            "provider",
            {name: counted.spoken_characters[name] for name in PROVIDERS},
        )

    def _trouble(self) -> Iterator[Metric]:
        counted = self._counts
        yield _counters(
            "voxweb_refusals",
            "Errors that browsers were told, by code.",
            "code",
            dict.fromkeys(codes_under(CaptionError), 0) | counted.refusals,
        )
        yield _counters(
            "voxweb_chunks_refused",
            "Chunks of audio that were not taken, by code; ignored: on their way behind a refused one.",
            "reason",
            dict.fromkeys(("audio.bad_chunk", "audio.too_fast", "message.bad", "ignored"), 0)
            | counted.chunks_refused,
        )
        replaced = sum(box.interims_replaced for hub in hubs() for box in hub.outboxes)
        yield _counter(
            "voxweb_interims_replaced",
            "Interims that a slow socket never saw, for a newer one came first.",
            counted.interims_replaced + replaced,
        )
        yield _counter(
            "voxweb_slow_sockets_closed",
            "Sockets and streams that were closed because they did not read.",
            counted.slow_sockets,
        )
        yield _counters(
            "voxweb_layer_messages_dropped",
            "Messages for other processes that the channel layer was never given, or did not take.",
            "reason",
            {reason: counted.layer_dropped[reason] for reason in ("backlog", "failed")},
        )
        yield _counters(
            "voxweb_layer_failures",
            "Requests to the channel layer that failed, by what was asked.",
            "doing",
            {doing: counted.layer_failures[doing] for doing in ("join", "leave", "hear", "tell")},
        )
        yield _counters(
            "voxweb_store_failures",
            "Tries to store a caption that failed: the database was away, or refused it; given up at last.",
            "reason",
            {reason: counted.store_failures[reason] for reason in ("database", "refused", "given_up")},
        )

    def _latency(self) -> Iterator[Metric]:
        counted = self._counts
        yield _histogram(
            "voxweb_speech_to_final_seconds",
            "From the coming of an utterance's last sample until its final came from the speech service.",
            counted.relay.speech_to_final,
        )
        yield _histogram(
            "voxweb_final_to_viewer_seconds",
            "From the coming of a final until a viewer's socket had taken it, storing included.",
            counted.final_to_viewer,
        )
        yield _histogram(
            "voxweb_store_seconds", "From the first try to store a caption until it was.", counted.store
        )
        yield _histogram(
            "voxweb_event_loop_lag_seconds", "How late the event loop comes to what is due.", counted.lag
        )


def _gauge(name: str, about: str, value: float) -> Metric:
    return GaugeMetricFamily(name, about, value=value)


def _gauges(name: str, about: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, about, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family


def _counter(name: str, about: str, value: float) -> Metric:
    return CounterMetricFamily(name, about, value=value)


def _counters(name: str, about: str, label: str, values: Mapping[str, float]) -> Metric:
    family = CounterMetricFamily(name, about, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family


def _histogram(name: str, about: str, times: Times) -> Metric:
    bounds = [*map(str, times.bounds_s), "+Inf"]
    buckets = list(zip(bounds, map(float, accumulate(times.counts)), strict=True))
    return HistogramMetricFamily(name, about, buckets=buckets, sum_value=times.sum_s)


registry = CollectorRegistry(auto_describe=False)
registry.register(LiveCollector(counts))
ProcessCollector(registry=registry)
PlatformCollector(registry=registry)
GCCollector(registry=registry)


def exposition(accept: str) -> tuple[bytes, str]:
    """All of it in a format that ``accept`` allows, and its content type."""
    encode, content_type = choose_encoder(accept)
    return encode(registry), content_type

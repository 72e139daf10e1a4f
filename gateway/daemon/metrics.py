"""The figures of `health` for Prometheus: text exposition, names by its conventions, base units.

Labels are the names of links, targets and lamps: of the configuration, so bounded, and never of what was heard.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Metric, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
)
from prometheus_client.registry import Collector

from devices.device import DeviceId
from gateway.daemon.health import (
    ClockHealth,
    FaultHealth,
    Health,
    KeyHealth,
    LightHealth,
    MachineHealth,
    RecordHealth,
    TargetHealth,
)
from gateway.record.wear import LATENCIES

KIND: Final = CONTENT_TYPE_LATEST
"""The media type of the exposition."""

_OPENED = ("connections", "opened")
"""What links call the count of their connections."""


def exposition(health: Health, levels: Mapping[DeviceId, int]) -> bytes:
    """Write all metrics; `levels` are what lamps are ordered to have, in per cent."""
    registry = CollectorRegistry()
    registry.register(_Once([*_gateway(health), *_all(health), *_levels(levels)]))
    return generate_latest(registry)


class _Once(Collector):
    """Metrics that are there already."""

    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        return self._metrics

    def describe(self) -> Iterable[Metric]:
        return ()


def _all(health: Health) -> Iterator[Metric]:
    yield from _light(health.light)
    yield from _record(health.record)
    yield from _links(health.links)
    yield from _targets(health.targets)
    yield from _clock(health.clock)
    yield from _machine(health.machine)
    yield from _keys(health.keys)
    yield from _faults(health.faults)
    refused = bool(health.files.trouble)
    yield _gauge("files_refused", "1 if the files were refused when read last: the last good plan holds.", refused)


def _gateway(health: Health) -> Iterator[Metric]:
    yield InfoMetricFamily("reverbere_build", "The software that runs.", {"version": health.version})
    yield InfoMetricFamily("reverbere_plan", "The plan that holds.", {"digest": health.plan})
    yield _gauge("start_time_seconds", "When the gateway started, in Unix time.", health.start_time_seconds)
    yield _gauge("stalled", "1 if something that has work does not get on.", bool(health.stalled))
    yield _counter("messages", "Messages taken from links.", health.messages)
    yield _counter("messages_rejected", "Messages, or parts of them, that meant nothing.", health.rejected)
    yield _counter("messages_duplicate", "Messages that came again and were not learned twice.", health.duplicates)
    yield _counter("orders", "Orders sent to lamps.", health.commands)


def _light(light: LightHealth) -> Iterator[Metric]:
    yield _gauge("lamps", "Lamps of the plan.", light.lamps)
    yield _gauge("lamps_answering", "Lamps that said something in the last ten minutes.", light.lamps_answering)
    yield _gauge("lamps_confirmed", "Lamps that have confirmed the order that stands.", light.lamps_confirmed)
    yield _gauge("lamps_on_failsafe", "Lamps of which nobody knows whether somebody is there.", light.lamps_on_failsafe)
    yield _gauge("sensors", "Sensors of the plan that move lamps.", light.sensors)
    yield _gauge("sensors_believed", "Sensors that are believed.", light.sensors_believed)


def _record(record: RecordHealth) -> Iterator[Metric]:
    yield _gauge("record_used_bytes", "Bytes of the record's file that hold something.", record.used_bytes)
    yield _gauge("record_limit_bytes", "The largest that the record may become.", record.limit_bytes)
    yield _gauge("record_file_bytes", "Size of the record's file and its write-ahead log.", record.file_bytes)
    yield _gauge("record_alarm", "1 from 80 % of the limit on, until there is clear room again.", bool(record.alarm))
    yield _gauge("record_trouble", "1 if the last try to write failed.", bool(record.trouble))
    yield _gauge("record_pending", "Pieces of work that wait to be written.", record.pending)
    yield _counter("record_entries", "Entries stored.", record.entries)
    yield _counter("record_rows", "Readings stored.", record.rows)
    yield _counter("record_dropped", "Entries lost because the disk took nothing for long.", record.dropped)
    yield _counter("record_failures", "Tries to write that failed.", record.failures)
    yield _counter("record_commits", "Commits.", record.commits)
    yield _commits(record)
    last, written = record.last_commit_time_seconds, record.written_bytes
    if last is not None:
        yield _gauge("record_last_commit_timestamp_seconds", "When the last commit was done, in Unix time.", last)
    if written is not None:
        yield _counter("record_written_bytes", "Bytes sent to the disk for the record, as the kernel counts.", written)


def _commits(record: RecordHealth) -> Metric:
    ends = [*map(str, LATENCIES), "+Inf"]
    metric = HistogramMetricFamily("reverbere_record_commit_duration_seconds", "How long commits take.")
    buckets = list(zip(ends, map(float, accumulate(record.commit_classes)), strict=True))
    metric.add_metric([], buckets, record.commit_total_seconds)
    return metric


def _links(links: Mapping[str, Mapping[str, object]]) -> Iterator[Metric]:
    connected = GaugeMetricFamily("reverbere_link_connected", "1 if the other end is reached.", labels=["link"])
    unsettled = GaugeMetricFamily(
        "reverbere_link_unsettled", "Messages taken and neither stored nor given back yet.", labels=["link"]
    )
    opened = CounterMetricFamily(
        "reverbere_link_connections", "Times the link was connected: the first and every reconnect.", labels=["link"]
    )
    dropped = CounterMetricFamily("reverbere_link_dropped", "Orders dropped while nobody was there.", labels=["link"])
    for name, status in links.items():
        connected.add_metric([name], float(status["connected"] is True))
        unsettled.add_metric([name], _number(status.get("unsettled")))
        opened.add_metric([name], next((_number(status[key]) for key in _OPENED if key in status), 0.0))
        dropped.add_metric([name], _number(status.get("dropped")))
    yield from (connected, unsettled, opened, dropped)


def _targets(targets: Iterable[TargetHealth]) -> Iterator[Metric]:
    label = ["target"]
    behind = GaugeMetricFamily(
        "reverbere_forward_lag_entries", "Entries that a database has not got yet.", labels=label
    )
    late = GaugeMetricFamily(
        "reverbere_forward_lag_seconds", "Between the newest entry and the one that a database has.", labels=label
    )
    waiting = GaugeMetricFamily(
        "reverbere_forward_waiting_for_clock_entries", "Of these, those that wait for the clock.", labels=label
    )
    trouble = GaugeMetricFamily("reverbere_forward_trouble", "1 if the last try to write to it failed.", labels=label)
    accepted = CounterMetricFamily("reverbere_forward_points_accepted", "Points that a database took.", labels=label)
    refused = CounterMetricFamily("reverbere_forward_points_refused", "Points it will never take.", labels=label)
    for target in targets:
        behind.add_metric([target.target], target.lag_entries)
        late.add_metric([target.target], target.lag_seconds)
        waiting.add_metric([target.target], target.waiting_for_clock_entries)
        trouble.add_metric([target.target], float(bool(target.trouble)))
        accepted.add_metric([target.target], target.accepted)
        refused.add_metric([target.target], target.refused)
    yield from (behind, late, waiting, trouble, accepted, refused)


def _clock(clock: ClockHealth) -> Iterator[Metric]:
    yield _gauge("clock_sure", "1 if the wall clock is believed; if not, it is night.", clock.sure)
    yield _counter("clock_steps", "Times the wall clock was set while the gateway ran.", clock.steps)


def _machine(machine: MachineHealth) -> Iterator[Metric]:
    if machine.memory_bytes is not None:
        yield _gauge("memory_bytes", "Memory of the gateway, shared pages by their share (PSS).", machine.memory_bytes)
    if machine.temperature_celsius is not None:
        yield _gauge("temperature_celsius", "Temperature of the processor.", machine.temperature_celsius)
    if machine.disk_free_bytes is not None:
        yield _gauge("disk_free_bytes", "Room on the disk of the record.", machine.disk_free_bytes)


def _faults(faults: Iterable[FaultHealth]) -> Iterator[Metric]:
    """By lamp or feed; not by the name of the fault, which a lamp may make up."""
    label = ["device"]
    count = GaugeMetricFamily("reverbere_lamp_faults", "Faults of a lamp or feed that stand.", labels=label)
    since = GaugeMetricFamily(
        "reverbere_lamp_fault_start_timestamp_seconds", "When the oldest of them began, in Unix time.", labels=label
    )
    begun: dict[str, list[float]] = {}
    for fault in faults:
        begun.setdefault(fault.device, []).append(fault.since_time_seconds)
    for device, times in begun.items():
        count.add_metric([device], len(times))
        since.add_metric([device], min(times))
    yield from (count, since)


def _keys(keys: Iterable[KeyHealth]) -> Iterator[Metric]:
    metric = GaugeMetricFamily("reverbere_key_turned", "1 if a key switch is turned; unread ones miss.", labels=["key"])
    for key in keys:
        if key.turned is not None:
            metric.add_metric([key.key], float(key.turned))
    yield metric


def _levels(levels: Mapping[DeviceId, int]) -> Iterator[Metric]:
    metric = GaugeMetricFamily("reverbere_lamp_level_ratio", "Light output that a lamp is ordered.", labels=["lamp"])
    for lamp, level in levels.items():
        metric.add_metric([lamp], level / 100)
    yield metric


def _gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(f"reverbere_{name}", words, value)


def _counter(name: str, words: str, value: float) -> Metric:
    return CounterMetricFamily(f"reverbere_{name}", words, value)


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0

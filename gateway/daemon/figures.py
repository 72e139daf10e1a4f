"""The figures of each source in the words of `health`. Pure, but for the day that bytes are counted in."""

from datetime import date, datetime, tzinfo

from devices.message import SECOND
from gateway.daemon.health import FaultHealth, LightHealth, RecordHealth, TargetHealth
from gateway.export.forward import ForwardStatus
from gateway.lighting.decision import Rank
from gateway.lighting.engine import Engine
from gateway.lighting.lamps.supervisor import Lamps
from gateway.record.writer import RecordStatus
from gateway.study.survey import ANSWERING


class Today:
    """Bytes written since midnight in a time zone, or since the start if that was later."""

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self._day: date | None = None
        self._before = 0
        self._last = 0

    def of(self, written: int | None, now: int) -> int | None:
        """Of the bytes since the start those of the day of `now` (nanoseconds); None if nobody counts them."""
        if written is None:
            return None
        day = datetime.fromtimestamp(now // SECOND, self._zone).date()
        if self._day not in (None, day):
            self._before = self._last
        self._day, self._last = day, written
        return written - self._before


def record_health(status: RecordStatus, written_today: int | None) -> RecordHealth:
    """What the record says of itself, in base units."""
    per_row = status.written / status.rows if status.written is not None and status.rows else None
    return RecordHealth(
        seq=status.seq,
        entries=status.entries,
        rows=status.rows,
        pending=status.pending,
        dropped=status.dropped,
        failures=status.failures,
        commits=status.commits,
        commit_p50_seconds=status.latency.p50 / SECOND,
        commit_p99_seconds=status.latency.p99 / SECOND,
        commit_total_seconds=status.latency.total / SECOND,
        commit_classes=status.latency.classes,
        last_commit_time_seconds=_seconds(status.last_commit),
        written_bytes=status.written,
        written_today_bytes=written_today,
        written_bytes_per_row=None if per_row is None else round(per_row, 1),
        file_bytes=status.size,
        used_bytes=status.used,
        limit_bytes=status.max_size,
        alarm=status.alarm,
        trouble=status.trouble,
        damage=status.damage,
    )


def target_health(status: ForwardStatus) -> TargetHealth:
    """What a forwarder says of its target, in base units."""
    return TargetHealth(
        target=status.target,
        cursor=status.cursor,
        lag_entries=status.behind,
        lag_seconds=status.late / SECOND,
        accepted=status.accepted,
        refused=status.rejected,
        last_accepted_time_seconds=_seconds(status.last_accepted),
        waiting_for_clock_entries=status.doubted,
        trouble=status.trouble,
    )


def light_health(engine: Engine, lamps: Lamps, now: int) -> LightHealth:
    """Count lamps and sensors as engine and supervision have them at `now` (nanoseconds)."""
    standing = engine.decisions()
    sensors = {sensor for zone in engine.plan.zones for sensor, _ in zone.sensors()}
    said = (lamps.actual(decision.lamp) for decision in standing)
    return LightHealth(
        lamps=sum(len(zone.luminaires) for zone in engine.plan.zones),
        lamps_answering=sum(state is not None and now - state.time <= ANSWERING for state in said),
        lamps_confirmed=sum(lamps.confirmed(decision.lamp) for decision in standing),
        lamps_on_failsafe=sum(decision.decided.rank is Rank.FAILSAFE for decision in standing),
        sensors=len(sensors),
        sensors_believed=sum(map(engine.believed, sensors)),
    )


def fault_health(lamps: Lamps) -> tuple[FaultHealth, ...]:
    """The faults that stand, the oldest first."""
    found = [
        FaultHealth(device, fault, since / SECOND)
        for device, faults in lamps.faults().items()
        for fault, since in faults.items()
    ]
    return tuple(sorted(found, key=lambda fault: (fault.since_time_seconds, fault.device, fault.fault)))


def _seconds(at: int | None) -> float | None:
    return None if at is None else at / SECOND

import io
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from zoneinfo import ZoneInfo

from devices.reading import Quality, Quantity, Reading
from gateway.export.csv import write_csv
from gateway.record.reader import Reader
from gateway.record.schema import open_to_write
from gateway.record.store import Append, Store
from tests.export.builders import counts
from tests.record.builders import MILLISECOND, START, WEST, count


def table(*readings: Reading, zone: str | None = None) -> list[str]:
    out = io.StringIO()
    assert write_csv(out, readings, None if zone is None else ZoneInfo(zone)) == len(readings)
    return out.getvalue().splitlines()


def test_a_reading_is_a_row_with_unit_and_utc() -> None:
    assert table(count(3, START + 250 * MILLISECOND)) == [
        "time,device,quantity,channel,value,unit,period_s,quality",
        "2026-11-21T23:00:00.250Z,counter-west,pedestrians,,3,1,60,good",
    ]


def test_a_count_over_a_reset_or_a_wrap_says_so() -> None:
    marks = [Quality.ESTIMATED | Quality.RESET, Quality.ESTIMATED | Quality.WRAP]
    rows = table(*(Reading(WEST, Quantity.PEDESTRIANS, 3, START, quality=mark) for mark in marks))
    assert [row.split(",")[-1] for row in rows[1:]] == ["estimated+reset", "estimated+wrap"]


def test_local_time_is_a_column_of_its_own() -> None:
    lux = Reading(WEST, Quantity.ILLUMINANCE, 4.25, START, "a,b", None, Quality.RETAINED | Quality.ESTIMATED)
    assert table(lux, zone="Europe/Paris") == [
        "time,device,quantity,channel,value,unit,period_s,quality,local_time",
        '2026-11-21T23:00:00.000Z,counter-west,illuminance,"a,b",4.25,lx,,retained+estimated,2026-11-22T00:00:00.000+01:00',
    ]


def test_rows_are_written_as_they_come() -> None:
    out = io.StringIO()

    def readings() -> Iterator[Reading]:
        yield count(1, START)
        assert "counter-west" in out.getvalue()
        yield count(2, START)

    write_csv(out, readings())


def test_a_record_is_exported_by_quantity_device_and_time(tmp_path: Path) -> None:
    store = Store(open_to_write(tmp_path, "chalon"))
    store.write([Append(entry, None) for entry in counts(10)])
    store.close()
    out, end = io.StringIO(), START + 6_000 * MILLISECOND
    with closing(Reader(tmp_path)) as reader:
        asked = reader.series(Quantity.PEDESTRIANS, WEST, START + 2_000 * MILLISECOND, end)
        assert write_csv(out, asked) == 4
        assert write_csv(io.StringIO(), reader.series(Quantity.PRESENCE)) == 0
    assert out.getvalue().count("2026-11-21T23:00:0") == 4

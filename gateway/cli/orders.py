"""`reverbere override list`: the orders of persons that hold or are to come."""

from pathlib import Path

from gateway.cli.opened import Opened, opened
from gateway.cli.show import as_json, console, date_time, iso, lasting, table, zone_of
from gateway.clock import SECOND
from gateway.lighting.facts import Override
from gateway.study.orders import orders


def show(folder: Path) -> None:
    """Print a table, who begins first comes first, with what is left. Raises `ConfigurationError`, `RecordError`."""
    with opened(folder) as here:
        zone = zone_of(here.site.plan)
        found = orders(here.reader, here.now)
        if not found:
            console.print("No override holds, and none is to come.")
            return
        columns = ("id", "target", "level", "left", "until", "owner", "reason")
        table(
            columns,
            [
                (
                    order.id,
                    order.target,
                    f"{order.level} %",
                    _left(order, here),
                    date_time(order.expires, zone),
                    _who(order),
                    order.reason,
                )
                for order in found
            ],
        )


def show_json(folder: Path) -> None:
    """Print the same as a JSON array."""
    with opened(folder) as here:
        as_json(
            [
                {
                    "id": order.id,
                    "target": order.target,
                    "level": order.level,
                    "start": iso(order.start),
                    "expires": iso(order.expires),
                    "seconds_left": max(0, order.expires - max(here.now, order.start)) // SECOND,
                    "holds": order.start <= here.now,
                    "owner": order.owner,
                    "caller": order.caller,
                    "reason": order.reason,
                    "force": order.force,
                }
                for order in orders(here.reader, here.now)
            ]
        )


def _left(order: Override, here: Opened) -> str:
    if order.start > here.now:
        return f"begins in {_rounded(order.start - here.now)}"
    return _rounded(order.expires - here.now)


def _rounded(duration: int) -> str:
    """To the second, from two minutes on to the minute."""
    step = SECOND if duration < 120 * SECOND else 60 * SECOND
    return lasting(-(-duration // step) * step)


def _who(order: Override) -> str:
    return order.owner if order.caller in ("", order.owner) else f"{order.owner} (by {order.caller})"

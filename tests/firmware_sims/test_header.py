"""What hangs on the pins of a simulated header, held as any program holds them: by gpiozero."""

import asyncio
from collections.abc import Iterator

import pytest
from gpiozero import Device, DigitalInputDevice, PWMOutputDevice

from firmware_sims import truth
from firmware_sims.ailment import Ailment
from firmware_sims.breakage import Breakage, Fault
from firmware_sims.header import Header, PinLamp, PinLampPart, PinSensor, PinSensorPart
from firmware_sims.profile import steady
from firmware_sims.sighting import changes
from firmware_sims.street import Street
from gateway.clock import SECOND, ScaledClock

START = 1_790_000_000 * SECOND
STREET = Street(600.0, steady(90), "UTC", seed=7, start=START - 3600 * SECOND)
STRETCH = 285.0, 315.0


@pytest.fixture
def header() -> Iterator[Header]:
    found = Header()
    found.plug_in()
    yield found
    found.pull_out()


def test_the_header_is_there_from_plug_in_to_pull_out_only() -> None:
    found = Header()
    with pytest.raises(RuntimeError, match="call plug_in"):
        found.shown("GPIO23")
    found.plug_in()
    assert Device.pin_factory is not None
    found.pull_out()
    assert Device.pin_factory is None


def test_a_pin_that_nobody_holds_shows_nothing(header: Header) -> None:
    assert header.shown("GPIO23") == 0.0


async def levels(header: Header, *breakages: Breakage[Ailment]) -> list[bool]:
    """The levels that a sensor's pin gets within ten minutes of street time, each once."""
    clock = ScaledClock(START, 600.0)
    sensor = PinSensor(PinSensorPart("pir", *STRETCH, "GPIO17", breakages), clock, STREET, header)
    pin = DigitalInputDevice("GPIO17", pull_up=True)
    seen: list[bool] = []
    pin.when_activated, pin.when_deactivated = (lambda: seen.append(False)), (lambda: seen.append(True))
    assert not pin.is_active
    playing = asyncio.create_task(sensor.run(), name="pir")
    await clock.sleep_until(START + 600 * SECOND)
    sensor.stop()
    await asyncio.wait([playing])
    pin.close()
    return seen


async def test_the_pin_is_high_while_somebody_is_there(header: Header) -> None:
    seen = await levels(header)
    was = [present for _, present in changes(STREET, *STRETCH, START, START + 590 * SECOND)]
    assert len(was) > 4
    # An open pin that is pulled up says somebody, until the sensor drives it.
    first = [] if STREET.near(*STRETCH, START) else [False]
    assert seen[: len(first + was)] == first + was


async def test_the_output_of_a_silent_sensor_stays_as_it_is(header: Header) -> None:
    assert await levels(header, Breakage(Ailment.SILENT)) == []


async def test_a_contact_that_bounces_turns_over_every_second(header: Header) -> None:
    assert len(await levels(header, Breakage(Ailment.FLAPPING))) > 100


async def lived(header: Header, fault: Fault) -> truth.Testimony:
    """What a lamp knows whose pin is high 60 % of the time, for a minute of street time."""
    clock = ScaledClock(START, 600.0)
    pin = PWMOutputDevice("GPIO23", initial_value=0.6, frequency=200)
    lamp = PinLamp(PinLampPart("lamp", "GPIO23", breakages=(Breakage(fault),)), clock, header)
    playing = asyncio.create_task(lamp.run(), name="lamp")
    await clock.sleep_until(START + 60 * SECOND)
    lamp.stop()
    await asyncio.wait([playing])
    pin.close()
    return lamp.testify()


@pytest.mark.parametrize(("fault", "watts"), [(Fault.NONE, 17.33), (Fault.BURNT_OUT, 0.5), (Fault.MUTE, 17.33)])
async def test_a_lamp_draws_what_its_pin_shows(header: Header, fault: Fault, watts: float) -> None:
    known = await lived(header, fault)
    assert known.commands == 1
    assert known.energy_wh is not None
    assert known.always_on_wh is not None
    assert known.energy_wh / known.always_on_wh == pytest.approx(watts / 28, rel=0.05)

"""Of which lamps `check` says that nothing proves their light, by what their convention can say of watts."""

from pathlib import Path

import pytest

from devices.convention import LAMPS, hear
from devices.light import LightState
from gateway.configuration.build import load
from gateway.configuration.proving import METERED, notes
from tests.configuration.test_dali_file import LINE, two
from tests.devices.examples import EXAMPLES, taught
from tests.devices.speech import message


@pytest.mark.parametrize("name", LAMPS)
def test_lamps_may_have_a_meter_where_their_convention_says_watts(name: str) -> None:
    spoken = taught(EXAMPLES[name])
    items = [item for each in EXAMPLES[name].messages for item in hear(spoken, message(*each))]
    watts = [item.power for item in items if isinstance(item, LightState)]
    assert watts, "a lamp speaks in the example"
    assert any(each is not None for each in watts) == (name in METERED)


def test_gear_on_a_dali_line_is_not_said_to_have_no_meter(tmp_path: Path) -> None:
    (note,) = notes(load(two(tmp_path, f"{LINE}, address: 5", f"{LINE}, address: 6")))
    assert note.text == (
        "2 of 7 lamps of quai may have no meter (D4i gear has one): then nothing proves that 40 % is 40 % of the light "
        "until somebody measures it:  reverbere calibrate quai"
    )


def test_gear_that_needs_a_proof_stays_at_full_light_if_it_has_no_meter(tmp_path: Path) -> None:
    folder = two(tmp_path, f"{LINE}, address: 5", f"{LINE}, address: 6, never_dim: crossing")
    file = folder / "devices.yaml"
    strict = "  strict: {full: 28 W, dimmed: 4 W at 10%, standby: 0.5 W, proof: required}\n"
    text = file.read_text("utf-8").replace("type: led-28w, convention: dali", "type: strict, convention: dali")
    file.write_text(text.replace("  led-28w:", f"{strict}  led-28w:", 1), "utf-8")
    (note,) = notes(load(folder))
    assert note.text == (
        "lamp-extra may have no meter (D4i gear has one) and then stays at 100 % (proof: required) until somebody "
        "measures its light:  reverbere calibrate quai"
    )

"""A site of many makes, and a mosquitto as Debian starts it, set up for that site by our own verb."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from gateway.broker import free_port
from gateway.cli.brokering.grounds import Grounds, grounds
from gateway.cli.brokering.placing import changed, place
from gateway.cli.brokering.setup import Wish, setup
from gateway.configuration.build import load
from gateway.configuration.site import Site
from gateway.mosquitto import passwords
from gateway.mosquitto.settings import Where
from tests.ground.pages import ROOT
from tests.servers import Server, ServerMissing, program

_SENSORS = """
  pir-gate: {convention: zigbee2mqtt}
  pir-door: {convention: zigbee2mqtt, address: lab/door}
  pir-house: {convention: zigbee2mqtt, base: z2m/house}
  radar-1: {convention: tasmota, address: radar}
  node-1: {convention: esphome, address: yard-node}
  box-1: {convention: shelly, address: shelly1-aa}
  lora-1: {convention: ttn, address: people-1}
  lora-2: {convention: chirpstack, address: 24e124ff}
  door-cam: {convention: frigate}
  homie-1: {convention: homie4, address: box-4}
  homie-2: {convention: homie5, address: box-5}
  plc-1: {convention: sparkplug, address: street/node-1/pir}
  senml-1: {convention: senml, address: a/one, topic: lab/senml}
  senml-2: {convention: senml, address: a/two, topic: lab/senml}
  tag-1: {convention: bthome, address: home/ble/tag}
"""
_LAMPS = """
  yard-dimmer: {convention: tasmota, address: yard, failure_level: 60%}
  relay-2: {convention: tasmota, address: board/POWER2}
  relay-1: {convention: tasmota, address: board/POWER1}
  bulb: {convention: zigbee2mqtt}
  strip: {convention: esphome, address: strip-node/light/strip, failure_level: 80%}
  plug: {convention: shelly, address: shellyplus1pm-bb}
  dimmer-2: {convention: shelly, address: shellies/shellydimmer2-CC}
  homie-lamp: {convention: homie4, address: lamp-4/light/brightness}
  homie-lamp-5: {convention: homie5, address: lamp-5/light/brightness}
  plc-lamp: {convention: sparkplug, address: street/node-2/lamp}
"""
_PRESENCE = "zone: quai, at: 1 m, sees: 5 m, measures: presence, heartbeat: 1h, "
_COUNT = "zone: quai, at: 0 m, measures: pedestrians, heartbeat: 5min, "
SENSORS = "".join(
    f"{line.replace('{', '{' + (_COUNT if 'lora' in line else _PRESENCE))}\n" for line in _SENSORS.splitlines()
)
LAMPS = "".join(f"{line.replace('{', '{zone: quai, at: 2 m, type: led-9w, ')}\n" for line in _LAMPS.splitlines())


def mixed_folder(folder: Path, sensors: str = SENSORS, lamps: str = LAMPS) -> Path:
    """The example's site with devices of other makes beside its own."""
    config = folder / "config"
    config.mkdir(parents=True)
    for name in ("site.yaml", "devices.yaml", "lighting.yaml"):
        shutil.copy(ROOT / "config" / name, config / name)
    file = config / "devices.yaml"
    text = file.read_text(encoding="utf-8")
    text = text.replace("\nluminaires:", f"{sensors}\nluminaires:").replace("\ntypes:", f"{lamps}\ntypes:")
    file.write_text(text, encoding="utf-8")
    return config


def mixed(folder: Path) -> Site:
    """The same, understood."""
    return load(mixed_folder(folder))


@dataclass(frozen=True)
class Home:
    """Where a guarded broker has its files, the site's folder, and the ports."""

    etc: Path
    config: Path
    tls: int
    plain: int

    def wish(self, **changes: object) -> Wish:
        """What is set up here, with some of it changed."""
        usual: dict[str, object] = {
            "mosquitto": self.etc,
            "tls": Where(self.tls, "127.0.0.1"),
            "plain": Where(self.plain, "127.0.0.1"),
            "names": ("localhost", "127.0.0.1"),
        }
        return Wish(**(usual | changes))  # type: ignore[arg-type]

    def set_up(self, **changes: object) -> None:
        """Run the verb without asking."""
        setup(self.config, self.wish(**changes), ask=False, dry=False)

    def grounds(self) -> Grounds:
        """The site and its accounts."""
        return grounds(self.config, self.etc)

    def enrol(self, *more: str) -> dict[str, str]:
        """Give every account a password that is its name backwards, and write all of it."""
        found = self.grounds()
        opened = {name: name[::-1] for name in (*(account.name for account in found.accounts), *more)}
        kept = found.kept() | {name: passwords.hashed(word) for name, word in opened.items()}
        place(changed(found.doors(kept, "")))
        return opened | {"gateway": (self.config / "secrets" / "mqtt").read_text(encoding="utf-8").strip()}


def home(folder: Path, config: Path | None = None) -> Home:
    """Debian's files of mosquitto, before anybody has touched them."""
    etc = folder / "etc"
    (etc / "conf.d").mkdir(parents=True)
    root = "user root\n" if os.geteuid() == 0 else ""
    (etc / "mosquitto.conf").write_text(
        f"pid_file {folder}/mosquitto.pid\npersistence true\npersistence_location {folder}/\n{root}"
        f"include_dir {etc.resolve()}/conf.d\n"
    )
    return Home(etc, config or mixed_folder(folder), free_port(), free_port())


class Guarded(Server):
    """mosquitto with the files of a home."""

    name = "mosquitto"

    def __init__(self, folder: Path, at: Home, *, faked: str = "") -> None:
        super().__init__(folder)
        self.port = at.plain
        self._at, self._faked = at, faked

    def command(self) -> list[str]:
        """Start it; `faked` is the time that it believes."""
        before = believing(self._faked) if self._faked else []
        return [*before, program("mosquitto"), "-c", str(self._at.etc / "mosquitto.conf")]


def believing(moment: str) -> list[str]:
    """What starts a program that believes it is another time, in the very process that is started.

    The command `faketime` would stand between: a signal meant for the program would reach only that.
    """
    libraries = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    if not libraries:
        raise ServerMissing("libfaketime is not installed")
    return [program("env"), f"LD_PRELOAD={libraries[0]}", f"FAKETIME={moment}", "TZ=UTC"]

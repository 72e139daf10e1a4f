"""ESPHome: a package for the node's file.

Every order restarts a script that waits and then takes the failure level: also while the broker is there and only we
are silent. Not tried on a board. Sources: esphome.io, "MQTT Client Component", "Script Component" and "Packages".
"""

import json
import re

from gateway.mosquitto.firmware.ticket import Ticket

_COMPONENT = re.compile(r"(?P<node>.+)/(?P<kind>light|switch)/(?P<name>[^/]+)")


def written(ticket: Ticket) -> str:
    """YAML, to be taken in by `packages: {reverbere: !include reverbere.yaml}` of the node's own file."""
    component = _COMPONENT.fullmatch(ticket.device.address)
    node = component["node"] if component else ticket.device.address
    lines = [
        f"# {ticket.device.id}: save it as reverbere.yaml, and write into the node's own file",
        "#     packages: {reverbere: !include reverbere.yaml}",
        "# Each component that the gateway hears needs  retain: false.  Encryption needs an ESP32.",
        "mqtt:",
        f"  broker: {json.dumps(ticket.host)}",
        f"  port: {ticket.port}",
        f"  username: {json.dumps(ticket.account)}",
        f"  password: {json.dumps(ticket.password)}",
        f"  topic_prefix: {json.dumps(node)}",
        "  discovery: false",
        "  discover_ip: false",
        "  reboot_timeout: 0s              # a node that restarts for want of a broker would flash its lamp",
    ]
    if ticket.authority:
        lines += ["  certificate_authority: |", *(f"    {line}" for line in ticket.authority.strip().splitlines())]
    if component is not None and ticket.lamp:
        lines += _silence(ticket, component["kind"], component["name"])
    return "\n".join(lines) + "\n"


def _silence(ticket: Ticket, kind: str, name: str) -> list[str]:
    on = ticket.level > 0
    own = name.replace("-", "_")
    brightness = f", brightness: {ticket.level}%" if kind == "light" and on else ""
    return [
        "  on_message:",
        f"    - topic: {json.dumps(f'{ticket.device.address}/command')}",
        "      then:",
        "        - script.execute: gateway_silent",
        "esphome:",
        "  on_boot:",
        "    - then:",
        "        - script.execute: gateway_silent",
        "script:",
        "  - id: gateway_silent",
        "    mode: restart",
        "    then:",
        f"      - delay: {ticket.silence}s",
        f"      - {kind}.turn_{'on' if on else 'off'}: {{id: {own}{brightness}}}    # your {kind} needs  id: {own}",
    ]

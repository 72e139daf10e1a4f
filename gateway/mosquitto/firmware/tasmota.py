"""Tasmota: commands for its console.

Orders of the gateway bring `Event reverbere`; the rule starts a timer with each of them, and when that runs out the
lamp takes its failure level: also while the broker is there and only we are silent. Not tried on a board. Sources:
tasmota.github.io, "Commands", "Rules" and "TLS" (server keys of 2048 bits RSA, known by their fingerprint).
"""

from devices.conventions.tasmota.topics import OUTPUT, whole
from gateway.mosquitto.firmware.ticket import Ticket

_LEARN = " ".join(["00"] * 20)
"""Take the key that answers first, and no other one after that."""


def written(ticket: Ticket) -> str:
    """Commands to paste into the console, and of a lamp the rule for our silence."""
    board = whole(ticket.device.address)
    tls = f"; SetOption103 1; SetOption132 1; MqttFingerprint1 {_LEARN}" if ticket.authority else "; SetOption103 0"
    where = f"MqttHost {ticket.host}; MqttPort {ticket.port}; MqttUser {ticket.account}; MqttPassword {ticket.password}"
    lines = [
        f"# {ticket.device.id}: Tasmota, console. The board restarts behind the first line.",
        f"Backlog {where}; Topic {board}; FullTopic %prefix%/%topic%/; SetOption19 1; SetOption3 1{tls}",
    ]
    if ticket.lamp and "/zb/" not in ticket.device.address:
        silence = f"DO RuleTimer8 {ticket.silence} ENDON"
        failure = f"ON Rules#Timer=8 DO {_failure(ticket)} ENDON"
        lines += [
            f"# {ticket.silence} s without an order: the lamp takes {ticket.level} %. Rule1 and Rule2 stay yours.",
            f"Rule3 ON System#Boot {silence} ON Event#reverbere {silence} {failure}",
            "Rule3 1",
        ]
    return "\n".join(lines) + "\n"


def _failure(ticket: Ticket) -> str:
    output = OUTPUT.fullmatch(ticket.device.address)
    if output:
        return f"{output['output'].capitalize()} {int(ticket.level > 0)}"
    return f"Dimmer {ticket.level}"

"""MicroPython with umqtt.simple: a whole main.py for a device of the native convention."""

from base64 import b64encode
from textwrap import wrap

from gateway.mosquitto.authority import der
from gateway.mosquitto.firmware.ticket import Ticket, filled, marks


def written(ticket: Ticket) -> str:
    """A program: of a lamp, of a counter, or of a presence sensor."""
    template = "lamp.micropython" if ticket.lamp else "sensor.micropython"
    certificate = "CA = None  # not encrypted"
    if ticket.authority:
        lines = "\n".join(f'    "{line}"' for line in wrap(b64encode(der(ticket.authority.encode())).decode(), 76))
        certificate = f"CA = binascii.a2b_base64(\n{lines}\n)"
    return filled(template, marks(ticket) | {"CERTIFICATE": certificate, "COUNTS": ticket.counts})

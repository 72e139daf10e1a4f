"""The Arduino core for ESP32 with espMqttClient: a whole sketch for a device of the native convention."""

from gateway.mosquitto.firmware.ticket import Ticket, filled, marks


def written(ticket: Ticket) -> str:
    """A sketch: of a lamp, of a counter, or of a presence sensor."""
    template = "lamp.ino" if ticket.lamp else "sensor.ino"
    certificate = f'const char CA[] = R"CERT(\n{ticket.authority.strip()}\n)CERT";' if ticket.authority else ""
    return filled(
        template,
        marks(ticket)
        | {
            "CLIENT": "espMqttClientSecure" if ticket.authority else "espMqttClient",
            "CERTIFICATE": certificate,
            "TRUST": "mqtt.setCACert(CA);" if ticket.authority else "// not encrypted",
            "COUNTS": int(ticket.counts),
        },
    )

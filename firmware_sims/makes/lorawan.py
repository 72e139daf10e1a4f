"""LoRaWAN: nodes whose uplinks a network server passes on, decoded or as Cayenne LPP bytes.

The nodes have no clock: times are the server's. Source: The Things Stack, "MQTT Server" and "Data Formats"; ChirpStack
v4, "MQTT" and "Event types"; myDevices, "Cayenne Low Power Payload"; Milesight, decoders of VS133 and WS202.
"""

import base64
import struct
from collections.abc import Mapping, Sequence

from firmware_sims.makes.make import Node, SensorMake, written, zulu
from firmware_sims.said import Said
from firmware_sims.sight import Habit, Sight

LPP_DIGITAL_INPUT, LPP_LUMINOSITY, LPP_PRESENCE, LPP_TEMPERATURE = 0, 101, 102, 103


def lpp(near: int) -> bytes:
    """What a Cayenne node says: on channel 1 whether somebody is there, on 2 lux, on 3 tenths of a degree."""
    presence = bytes([1, LPP_PRESENCE, int(near > 0)])
    return presence + struct.pack(">BBHBBh", 2, LPP_LUMINOSITY, 9, 3, LPP_TEMPERATURE, -41)


class _Things(SensorMake):
    """A device of The Things Stack, version 3."""

    def __init__(self, node: Node) -> None:
        super().__init__(node)
        self._count = 0

    def _uplink(self, at: int, raw: bytes, decoded: Mapping[str, object]) -> Sequence[Said]:
        self._count += 1
        uplink = {
            "end_device_ids": {
                "device_id": self.node.address,
                "application_ids": {"application_id": "street"},
                "dev_eui": "24E124136B000001",
            },
            "received_at": zulu(at),
            "uplink_message": {
                "f_port": 85,
                "f_cnt": self._count,
                "frm_payload": base64.b64encode(raw).decode(),
                "decoded_payload": decoded,
                "rx_metadata": [{"gateway_ids": {"gateway_id": "roof"}, "rssi": -97, "snr": 7.5}],
                "received_at": zulu(at),
            },
        }
        return (Said(f"v3/street@ttn/devices/{self.node.address}/up", written(uplink)),)


class ThingsCounter(_Things):
    """A counter with one line, which says totals and the people since its last uplink."""

    habit = Habit.ROUNDS

    def say(self, sight: Sight, clock: int) -> Sequence[Said]:
        """Totals and period."""
        del clock
        totals = {"line_1_total_in": sight.total_in, "line_1_total_out": sight.total_out}
        period = {"line_1_period_in": sight.came, "line_1_period_out": sight.went}
        raw = struct.pack("<BBIBBI", 3, 0xD2, sight.total_in, 4, 0xD2, sight.total_out)
        return self._uplink(sight.at, raw, {**totals, **period})


class ThingsMotion(_Things):
    """A PIR with a light sensor."""

    def say(self, sight: Sight, clock: int) -> Sequence[Said]:
        """Words, as the decoder writes them."""
        del clock
        raw = bytes([3, 0, int(sight.near > 0)])
        decoded = {"battery": 98, "pir": "trigger" if sight.near else "normal", "daylight": "dark"}
        return self._uplink(sight.at, raw, decoded)


class _Chirp(SensorMake):
    """A device of ChirpStack v4."""

    def __init__(self, node: Node) -> None:
        super().__init__(node)
        self._count = 0

    def _uplink(self, at: int, raw: bytes, decoded: Mapping[str, object] | None) -> Sequence[Said]:
        self._count += 1
        uplink: dict[str, object] = {
            "deduplicationId": f"3ac7e3c4-4401-4b8d-9386-{self._count:012x}",
            "time": zulu(at).replace("Z", "+00:00"),
            "deviceInfo": {"deviceName": self.node.id, "devEui": self.node.address, "tags": {}},
            "fCnt": self._count,
            "fPort": 85,
            "data": base64.b64encode(raw).decode(),
            "rxInfo": [{"gatewayId": "0016c001f1500812", "rssi": -101, "snr": 6.2}],
        }
        if decoded is not None:
            uplink["object"] = decoded
        application = "6a5a1b4e-0000-4000-8000-000000000001"
        return (Said(f"application/{application}/device/{self.node.address}/event/up", written(uplink)),)


class ChirpCounter(_Chirp):
    """A counter whose codec says running totals."""

    habit = Habit.ROUNDS
    totals = True

    def say(self, sight: Sight, clock: int) -> Sequence[Said]:
        """Totals."""
        del clock
        raw = struct.pack(">II", sight.total_in, sight.total_out)
        return self._uplink(sight.at, raw, {"total_in": sight.total_in, "total_out": sight.total_out, "battery": 87})


class ChirpLpp(_Chirp):
    """A node without a codec, which says Cayenne LPP."""

    def say(self, sight: Sight, clock: int) -> Sequence[Said]:
        """Bytes and no object."""
        del clock
        return self._uplink(sight.at, lpp(sight.near), None)


class Cayenne(SensorMake):
    """A node whose bytes a small bridge passes on as they are."""

    def say(self, sight: Sight, clock: int) -> Sequence[Said]:
        """Bytes."""
        del clock
        return (Said(self.node.address, lpp(sight.near)),)

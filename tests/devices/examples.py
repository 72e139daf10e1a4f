"""For each convention devices of it and messages as they say them: where tests that hold for all conventions begin."""

from collections.abc import Mapping
from typing import NamedTuple

from devices.convention import Convention, hear
from devices.conventions.custom import Read
from devices.conventions.modbus import Register
from devices.conventions.sparkplug.payload import BOOLEAN, Metric, write
from devices.device import Device, DeviceId, Kind
from devices.message import SECOND
from devices.reading import Quantity
from tests.devices.speech import convention, lamp, message, sensor


class Example(NamedTuple):
    """Devices that are configured, and messages (topic, payload), of which the first says something of a device.

    `before` are messages that came earlier: descriptions without which the others mean nothing.
    """

    devices: tuple[Device, ...]
    messages: tuple[tuple[str, bytes], ...]
    before: tuple[tuple[str, bytes], ...] = ()


def taught(example: Example) -> Convention:
    """The convention of an example, which has heard what came before."""
    spoken = convention(*example.devices)
    for earlier in example.before:
        hear(spoken, message(*earlier, retained=True))
    return spoken


RADAR = Device(DeviceId("sensor"), Kind.SENSOR, "serial:/dev/x", "ld2450", "/dev/x", "", {"count_line": 2.0})
LD2410 = Device(DeviceId("sensor"), Kind.SENSOR, "serial:/dev/x", "ld2410", "/dev/x", "", {"heartbeat": 5 * SECOND})
READS = (Read(Quantity.PEDESTRIANS, ("people", 0, "n"), channel="in"), Read(Quantity.PRESENCE, ("on",), on=("y",)))
REGISTERS = (
    Register(Quantity.PEDESTRIANS_TOTAL, 0, "input", "uint32"),
    Register(Quantity.ILLUMINANCE, 16, factor=0.1),
    Register(Quantity.PRESENCE, 2, "discrete"),
)
UPLINK = (
    b'{"uplink_message":{"received_at":"2026-09-21T14:13:20.123456789Z","frm_payload":"AWYB","rx_metadata":'
    b'[{"rssi":-90}],"decoded_payload":{"line_1_total_in":7,"pir":"trigger","battery":3.6,"wifi":15,'
    b'"samples":[{"variable":"occupancy","value":1,"date":"2026-09-21T14:13:20Z"}],'
    b'"illuminance":{"value":7,"unit":"lx"},"presenceSensor":{"1":1}}}}'
)
EVENT = (
    b'{"time":"2026-09-21T14:13:20+00:00","data":"A2cBEARoKQ==","object":{"people_in":2,"temperature":20.5},'
    b'"rxInfo":[{"rssi":-101}]}'
)
EXPOSED = (
    b'[{"friendly_name":"bulb","definition":{"exposes":[{"type":"light","features":[{"property":"state"},'
    b'{"property":"brightness","value_max":254}]},{"property":"illuminance","unit":"lx"}]}}]'
)
YARD = (
    b'{"~":"yard","dev":{"ids":["yard-1"]},"o":{"name":"x"},"avty":[{"t":"~/status"}],"stat_t":"~/state","cmps":{'
    b'"pir":{"p":"binary_sensor","dev_cla":"motion","uniq_id":"p","val_tpl":"{{ value_json.pir }}","pl_on":true,'
    b'"pl_off":false,"off_dly":30},"lux":{"p":"sensor","dev_cla":"illuminance","unit_of_meas":"lx","exp_aft":600,'
    b'"val_tpl":"{{ value_json[\'als\'][0] | float | round(1) }}"},"in":{"p":"sensor","name":"People in",'
    b'"stat_cla":"total_increasing","val_tpl":"{% if value_json.n > 0 %}{{ value_json.n }}{% else %}0{% endif %}"'
    b'},"mode":{"p":"select"}}}'
)
KITCHEN = b'{"~":"kitchen","uniq_id":"k","schema":"json","cmd_t":"~/set","stat_t":"~/state","brightness":true}'
DISCOVERED = (("homeassistant/device/yard/config", YARD), ("homeassistant/light/kitchen/config", KITCHEN))
HOMIE = (
    b'{"homie":"5.0","version":7,"root":"yard","nodes":{"light":{"properties":{"on":{"datatype":"boolean",'
    b'"settable":true},"brightness":{"datatype":"float","format":"0:1:0.01","settable":true}}},"meter":{"properties":'
    b'{"power":{"datatype":"float","unit":"W"}}}}}'
)
SPARKPLUG = write([Metric("bdSeq", datatype=4, raw=3), Metric("Lamp/Dimmer", datatype=3, raw=20)], None)
WATTS = b"\x12\x25\x0a\x0aLamp/Power\x20\x09\x65\x00\x00\x18\x41\x4a\x10\x0a\x07engUnit\x12\x05\x08\x0c\x42\x01W"
"""A metric of Sparkplug with its unit, which follows others: 9.5 W."""

EXAMPLES: Mapping[str, Example] = {
    "native": Example(
        (sensor("native", "counter"), lamp("native", "lamp")),
        (
            ("reverbere/lab/sensor/counter", b'{"v":1,"pedestrians":{"in":2},"time":1790000000,"period":60}'),
            ("reverbere/lab/lamp/lamp/state", b'{"v":1,"level":40,"power":9.5}'),
            ("reverbere/lab/sensor/new", b'{"v":1,"presence":true}'),
        ),
    ),
    "ld2450": Example(
        (RADAR,), (("/dev/x", bytes.fromhex("aaff03000e03b186100040010000000000000000000000000000000055cc")),)
    ),
    "ld2410": Example(
        (LD2410,),
        (
            ("/dev/x", bytes.fromhex("f4f3f2f10d0002aa0364003c3200283c005500f8f7f6f5")),
            ("/dev/x", bytes.fromhex(f"f4f3f2f1230001aa020000001e0128210108080{'0' * 35}80015500f8f7f6f5")),
            ("/dev/x", bytes.fromhex("fdfcfbfa0400fe01000004030201")),
        ),
    ),
    "zigbee2mqtt": Example(
        (sensor("zigbee2mqtt", "pir"), lamp("zigbee2mqtt", "bulb")),
        (
            ("zigbee2mqtt/pir", b'{"occupancy":true,"illuminance":9116,"voltage":2995,"last_seen":1790000000000}'),
            ("zigbee2mqtt/bulb", b'{"state":"ON","brightness":127,"power":9.5,"energy":1.5}'),
            ("zigbee2mqtt/new", b'{"presence_state":"none","temperature_l1":20.5}'),
            ("zigbee2mqtt/bridge/devices", EXPOSED),
            ("zigbee2mqtt/bridge/groups", b'[{"id":1,"friendly_name":"street","members":[{}]}]'),
            ("zigbee2mqtt/bridge/state", b'{"state":"offline"}'),
            ("zigbee2mqtt/pir/availability", b'{"state":"online"}'),
        ),
    ),
    "tasmota": Example(
        (sensor("tasmota", "radar"), lamp("tasmota", "yard"), lamp("tasmota", "hub/zb/bulb")),
        (
            ("tele/radar/SENSOR", b'{"Time":"2026-09-21T14:13:20","LD2410S":{"Distance":187.0,"People":2}}'),
            ("tele/radar/SENSOR", b'{"LD2410":{"Distance":[200.0,181.0,144.0],"Energy":[13,100]},"Switch1":"ON"}'),
            ("tele/yard/STATE", b'{"POWER1":"OFF","POWER2":"ON","Dimmer":30,"Wifi":{"Signal":-57}}'),
            ("tele/yard/SENSOR", b'{"ENERGY":{"Total":1.5,"Power":9,"Voltage":230},"TempUnit":"F"}'),
            ("tele/hub/SENSOR", b'{"ZbReceived":{"bulb":{"Dimmer":127,"Power":1,"Reachable":true}}}'),
            ("tasmota/discovery/AABBCC/config", b'{"t":"new","ft":"%topic%/%prefix%/","rl":[2,0]}'),
            ("stat/yard/POWER", b"ON"),
            ("tele/yard/LWT", b"Online"),
        ),
    ),
    "ttn": Example((sensor("ttn", "eui-1"),), (("v3/app@ttn/devices/eui-1/up", UPLINK),)),
    "chirpstack": Example(
        (sensor("chirpstack", "0101010101010101"),),
        (
            ("application/1/device/0101010101010101/event/up", EVENT),
            ("application/1/device/0101010101010101/event/status", b'{"batteryLevel":88.3}'),
        ),
    ),
    "cayenne": Example((sensor("cayenne", "lpp"),), (("lpp", bytes.fromhex("0167ffd70266010365006400")[:-1]),)),
    "senml": Example(
        (sensor("senml", "pack"),),
        (
            ("pack", b'[{"bn":"urn:dev:1/","bt":1790000000,"n":"people_in","v":3},{"n":"lux","u":"lx","v":21,"t":-5}]'),
            ("pack", bytes.fromhex("81a300636c757801626c7802182a")),
        ),
    ),
    "paxcounter": Example(
        (sensor("paxcounter", "paxout"),), (("paxout", b"\x01/\x0f\x00\x03\x00"), ("paxout/1", b'{"wifi":3,"ble":2}'))
    ),
    "frigate": Example((sensor("frigate", "yard"),), (("frigate/yard/person", b"2"), ("frigate/available", b"online"))),
    "bthome": Example(
        (sensor("bthome", "bt"),),
        (
            ("bt", bytes.fromhex("400164210105138a14")),
            ("bt", b'{"servicedata":"40016421010578563C","servicedatauuid":"0xfcd2","rssi":-60}'),
        ),
    ),
    "shelly": Example(
        (sensor("shelly", "motion"), lamp("shelly", "dimmer/light:0"), lamp("shelly", "shellies/old")),
        (
            ("dimmer/status/light:0", b'{"output":true,"brightness":75,"apower":3.5,"aenergy":{"total":12.5}}'),
            ("motion/events/rpc", b'{"method":"NotifyStatus","params":{"ts":1790000000.5,"illuminance:0":{"lux":9}}}'),
            ("shellies/old/light/0/status", b'{"ison":true,"brightness":50}'),
            ("shellies/old/light/0/power", b"9.5"),
            ("motion/online", b"true"),
        ),
    ),
    "esphome": Example(
        (sensor("esphome", "node"), lamp("esphome", "node/light/lamp")),
        (
            ("node/binary_sensor/pir/state", b"ON"),
            ("node/light/lamp/state", b'{"state":"ON","brightness":128,"color_mode":"brightness"}'),
            ("node/sensor/garden_illuminance/state", b"12.5"),
            ("node/text_sensor/event/state", b"Entry"),
            ("node/status", b"online"),
        ),
    ),
    "homeassistant": Example(
        (sensor("homeassistant", "yard-1"), lamp("homeassistant", "light/kitchen")),
        (
            ("yard/state", b'{"pir":true,"als":[12.34],"n":7}'),
            ("kitchen/state", b'{"state":"ON","brightness":127}'),
            ("yard/status", b"online"),
            *DISCOVERED,
            (
                "homeassistant/light/new/hall/config",
                b'{"cmd_t":"hall/set","bri_cmd_t":"hall/dim","bri_scl":100,"name":null}',
            ),
        ),
        DISCOVERED,
    ),
    "custom": Example(
        (sensor("custom", "any", reads=READS, reads_time=("t",)),),
        (("any", b'{"people":[{"n":3}],"on":"y","t":1790000000}'),),
    ),
    "homie4": Example(
        (sensor("homie4", "yard"), lamp("homie4", "lamp/light")),
        (
            ("homie/yard/motion/motion", b"true"),
            ("homie/yard/air/temperature/$datatype", b"float"),
            ("homie/yard/air/temperature/$unit", "°F".encode()),
            ("homie/yard/air/temperature", b"68.5"),
            ("homie/lamp/light/brightness/$datatype", b"integer"),
            ("homie/lamp/light/brightness/$format", b"0:255"),
            ("homie/lamp/light/brightness/$settable", b"true"),
            ("homie/lamp/light/brightness", b"128"),
            ("homie/lamp/light/power", b"true"),
            ("homie/lamp/light/watts/$datatype", b"float"),
            ("homie/lamp/light/watts/$unit", b"W"),
            ("homie/lamp/light/watts", b"9.5"),
            ("homie/yard/$stats/battery", b"88"),
            ("homie/yard/$state", b"ready"),
        ),
    ),
    "homie5": Example(
        (sensor("homie5", "yard"), lamp("homie5", "lamp")),
        (
            ("homie/5/yard/motion/motion", b"true"),
            ("homie/5/lamp/$description", HOMIE),
            ("homie/5/lamp/light/brightness", b"0.5"),
            ("homie/5/lamp/light/on", b"true"),
            ("homie/5/lamp/meter/power", b"9.5"),
            ("homie/5/yard/$state", b"lost"),
        ),
    ),
    "sparkplug": Example(
        (sensor("sparkplug", "street/edge/box"), lamp("sparkplug", "street/edge")),
        (
            ("spBv1.0/street/DDATA/edge/box", write([Metric("Motion", datatype=BOOLEAN, raw=True)], 1_790_000_000_000)),
            ("spBv1.0/street/NBIRTH/edge", SPARKPLUG + WATTS),
            ("spBv1.0/street/NDATA/edge", write([Metric("Lamp/Dimmer", 1, datatype=3, raw=50)], None)),
            ("spBv1.0/street/DBIRTH/edge/box", write([Metric("Air/Temperature", datatype=9, raw=21.5)], None)),
            ("spBv1.0/street/DDEATH/edge/box", b""),
            ("spBv1.0/street/NDEATH/edge", write([Metric("bdSeq", datatype=4, raw=3)], None)),
        ),
    ),
    "gpio": Example(
        (sensor("gpio", "GPIO17", measures=("presence", "pedestrians")), lamp("gpio", "GPIO18")),
        (
            ("GPIO17", b"high 52ms"),
            ("GPIO17", b"low 130ms"),
            ("GPIO17", b"restless"),
            ("GPIO17", b"lost"),
            ("GPIO18", b"held"),
            ("GPIO18", b'{"level": 12.5, "target": 40, "id": "c-1"}'),
        ),
    ),
    "modbus": Example(
        (sensor("modbus", "/dev/rs485/3", registers=REGISTERS),),
        (
            ("/dev/rs485/3", b'{"input":{"0":[0,7]},"holding":{"16":[1234]},"discrete":{"2":[0]}}'),
            ("/dev/rs485/3", b'{"input":{"0":[1,7]},"errors":{"holding":"illegal data address"}}'),
            ("/dev/rs485/3", b'{"discrete":{"2":[1]}}'),
        ),
    ),
    "dali": Example(
        (lamp("dali", "5", dimming_curve="linear"),),
        (
            (
                "5",
                (
                    b'{"actual_level":229,"status":4,"active_power":"fe00000578",'
                    b'"active_energy":"ff00000000002a","operating_time":"00000e10"}'
                ),
            ),
            ("5", b'{"device_types":[6],"minimum":85,"dimming_curve":0,"maximum":254,"physical_minimum":85}'),
            ("5", b'{"actual_level":255,"status":130}'),
        ),
    ),
}

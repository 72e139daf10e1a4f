"""Lamps on a switched feed lose their power by day: no alarm at dawn, no flash at dusk, and one feed that is off."""

import asyncio
from pathlib import Path

import pytest

from devices.reading import Quantity
from firmware_sims.breakage import Breakage, Fault
from firmware_sims.luminaire import LuminairePart
from gateway.clock import SECOND, ScaledClock
from gateway.control.ask import ask
from gateway.control.words import StatusRequest
from gateway.record.reader import Reader
from tests.integration.gateway_process import GatewayProcess, living
from tests.integration.recorded import read
from tests.integration.shining import eventually, shining, shown
from tests.integration.test_reload import edit
from tests.servers import Server

MINUTE = 60 * SECOND
SPEED = 300.0
SUNRISE, SUNSET = 1_795_245_000 * SECOND, 1_795_276_700 * SECOND
LAMPS = ("lamp-1", "lamp-2")

"""What all tests share: async tests, the guard against blocking the loop, and real servers."""

import asyncio
import inspect
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from blockbuster import blockbuster_ctx
from hypothesis import settings

from tests.servers import Influxdb, Mosquitto, Nats, Server, ServerMissing, VictoriaMetrics

# Examples of property tests that name no number of their own; "ci" has the same ones in every run, "soak" new ones.
# Half of what is usual, so that all tests take some ten minutes on two cores; `make soak` plays 2,000.
# None has a deadline: how fast it is belongs to the benchmarks, and a busy machine is no defect.
settings.register_profile("default", deadline=None, print_blob=True, max_examples=50)
settings.register_profile("ci", deadline=None, print_blob=True, max_examples=50, derandomize=True)
settings.register_profile("soak", deadline=None, print_blob=True, max_examples=2_000)

settings.load_profile("ci" if os.environ.get("CI") == "true" else "default")

SERVERS = {"mosquitto", "nats", "influxdb", "victoria_metrics"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test that asks for a real server."""
    for item in items:
        if isinstance(item, pytest.Function) and SERVERS.intersection(item.fixturenames):
            item.add_marker(pytest.mark.server)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run an async test on its own loop, and fail it if anything blocks that loop."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    asked = inspect.signature(pyfuncitem.obj).parameters
    arguments = {name: value for name, value in pyfuncitem.funcargs.items() if name in asked}
    with blockbuster_ctx():
        asyncio.run(pyfuncitem.obj(**arguments))
    return True


@contextmanager
def running(make: Callable[[], Server]) -> Iterator[Server]:
    """Run a server for one test. Without its program the test is skipped, and in CI it fails."""
    server = make()
    try:
        server.start()
    except ServerMissing as missing:
        if os.environ.get("CI") == "true":
            pytest.fail(str(missing))
        pytest.skip(str(missing))
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Server]:
    with running(lambda: Mosquitto(tmp_path / "mosquitto")) as server:
        yield server


@pytest.fixture
def nats(tmp_path: Path) -> Iterator[Server]:
    with running(lambda: Nats(tmp_path / "nats")) as server:
        yield server


@pytest.fixture
def influxdb(tmp_path: Path) -> Iterator[Server]:
    with running(lambda: Influxdb(tmp_path / "influxdb")) as server:
        yield server


@pytest.fixture
def victoria_metrics(tmp_path: Path) -> Iterator[Server]:
    with running(lambda: VictoriaMetrics(tmp_path / "victoria-metrics")) as server:
        yield server

"""The party's way through real programs: sandbox gateway and console, its link opened by the code that it was sent."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from nonsite.demo.client import StepFailed
from nonsite.demo.players import Portal
from nonsite.ports import HttpGateway
from records import SharedClock
from tests.console.conftest import Hub, hub, kept, make_hub  # noqa: F401
from tests.journeys.test_browser import served  # noqa: F401

pytestmark = pytest.mark.service


@pytest.fixture
def gateway(tmp_path: Path, hub: Hub) -> Iterator[str]:  # noqa: F811
    """The sandbox gateway as a program of its own, on the hub's clock; its address."""
    SharedClock(tmp_path / "clock").set(hub.clock.now())
    (tmp_path / "secret").write_bytes(b"shared secret")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "notify.gateway", "--port", str(port), "--clock", str(tmp_path / "clock")]
    command += ["--secret-file", str(tmp_path / "secret")]
    program = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert program.stdout is not None and program.stdout.readline().startswith("ready")
    yield f"http://127.0.0.1:{port}"
    program.terminate()
    program.wait(10)


def test_a_party_opens_its_link_with_the_code_that_the_gateway_brought(
    hub: Hub,  # noqa: F811
    served: str,  # noqa: F811
    gateway: str,
    tmp_path: Path,
) -> None:
    engine = hub.chain.engine
    way_out = HttpGateway(gateway, tmp_path / "secret", served, hub.clock)
    engine.tools = replace(engine.tools, gateway=way_out)
    engine.public_url = served
    lead = hub.warned()
    with pytest.raises(StepFailed, match="the portal does not offer"):  # it is open, and has no such step here
        Portal(served, gateway, "13900000001").take("statement", text="x")
    assert hub.chain.lead(lead).received_at is not None
    texts = httpx.get(f"{gateway}/messages", params={"phone": "13900000001"}).json()
    assert ["验证码" in one["text"] for one in texts] == [False, True]
    for _ in range(100):  # the gateway tells of the delivery in its own time
        if texts[1]["state"] == "delivered":
            break
        time.sleep(0.05)
    token = texts[0]["text"].split("/portal/")[1].split()[0]
    assert hub.chain.link_door(token).undelivered is False

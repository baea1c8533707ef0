"""A bus to brokers that want to know who comes, against a real broker behind TLS and SASL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from records import BadInput
from streams import BrokerAccess, KafkaBus, topics
from tests.services.kafka import Unavailable
from tests.services.kafka_secure import PASSWORD, USER, SecureBroker
from tests.streams.conftest import SHARES, unavailable


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecureBroker]:
    try:
        one = SecureBroker(tmp_path_factory.mktemp("secure"))
        one.start()
    except Unavailable as error:
        unavailable(str(error))
    yield one
    one.kill()


@pytest.fixture
def password(tmp_path: Path) -> Path:
    file = tmp_path / "password"
    file.write_text(PASSWORD + "\n")
    return file


def connect(broker: SecureBroker, access: BrokerAccess | None) -> KafkaBus:
    return KafkaBus(broker.bootstrap, "tests", shares=SHARES, connect_s=3.0, access=access)


def test_messages_go_over_tls_to_who_names_himself(broker: SecureBroker, password: Path) -> None:
    bus = connect(broker, BrokerAccess(tls=True, ca=broker.ca, user=USER, password_file=password))
    try:
        bus.publish(topics.CAMERAS, "cam-1", {"id": "cam-1"})
        assert bus.table(topics.CAMERAS)["cam-1"]["id"] == "cam-1"
    finally:
        bus.close()


def test_a_wrong_password_and_a_broker_nobody_vouches_for_are_refused_in_one_line(
    broker: SecureBroker, password: Path, tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("not it")
    for access in (
        BrokerAccess(tls=True, ca=broker.ca, user=USER, password_file=wrong),
        BrokerAccess(tls=True, user=USER, password_file=password),
        None,
    ):
        with pytest.raises(BadInput) as refusal:
            connect(broker, access)
        assert refusal.value.code == "E_BUS_DOWN"
        assert "\n" not in str(refusal.value)
        assert PASSWORD not in str(refusal.value)


@pytest.mark.parametrize(
    ("access", "words"),
    [
        (BrokerAccess(user="nonsite"), "go together"),
        (BrokerAccess(ca=Path("ca.pem")), "certificates without TLS"),
        (BrokerAccess(tls=True, certificate=Path("me.pem")), "go together"),
        (BrokerAccess(user="nonsite", password_file=Path("p"), mechanism="PLAIN"), "in the clear"),
        (BrokerAccess(tls=True, ca=Path("nowhere.pem")), "nowhere.pem"),
    ],
)
def test_what_does_not_go_together_is_refused(access: BrokerAccess, words: str) -> None:
    with pytest.raises(BadInput, match=words) as refusal:
        access.client()
    assert refusal.value.code == "E_BUS_ACCESS"

"""The console over a real chain on SQLite, a real street, and a store with one really sealed and stamped package."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from fastapi.testclient import TestClient

from console import ConsoleSettings, Services, add_user, create_app
from evidence import (
    ClockFacts,
    CustodyBook,
    DeviceFacts,
    EvidenceStore,
    FrameDetections,
    Photo,
    PhotoRole,
    Sealer,
    SealProfile,
    SealRequest,
    Stamper,
    TsaClient,
    Verification,
    create_ca,
    load_trust,
    verify,
)
from evidence.authority import TimeAuthority, serve
from geofence import load_street, publish
from nonsite.pinned import StreetGround
from nonsite.ports import StoredEvidence
from notify import Chain, DocumentMaker, LinkSigner, Tools, load_profile, load_registers
from records import Database, FrozenClock, drain_outbox, iso
from streams import Detection, InProcessBus, ObjectKind, SourceSpec, open_source

START = datetime(2026, 6, 3, 8, 15, tzinfo=UTC)  # a Wednesday, 16:15 in Shanghai
DATA = Path(__file__).parent / "data"
PASSWORD = "right horse battery"
ALERT = "0199f3c2-0000-7000-8000-000000000001"
SIZE, FPS, SECONDS = (640, 360), 5, 8
WALKER = (100.0, 120.0, 140.0, 220.0)
GOODS = (320.0, 180.0, 420.0, 240.0)
PEOPLE = {
    "oper": ("林值守", ["OPER"]),
    "clerk": ("周审核", ["CLERK"]),
    "officer1": ("陈执法", ["OFFICER"]),
    "squad": ("赵队长", ["SQUAD"]),
    "head": ("钱局长", ["HEAD"]),
    "admin": ("系统管理", []),
}


def alert_message(**changes: Any) -> dict[str, Any]:
    """Goods in front of the shop for two minutes, as the detectors tell it."""
    street, raised = load_street(DATA / "street.yaml"), START + timedelta(seconds=6)
    return {
        "id": ALERT,
        "kind": "OUT_OF_STORE",
        "source_id": "cam-1",
        "lon": 121.5001,
        "lat": 31.2002,
        "accuracy_m": 0.5,
        "footprint": [],
        "opened": iso(START - timedelta(seconds=110)),
        "raised": iso(raised),
        "dwell_s": 116.0,
        "shop_id": "shop-1",
        "shop_name": "示范面馆",
        "phase": "enforce",
        "zone_ids": ["front-1"],
        "layer_version": street.version,
        "reasons": [{"code": "OVERHANG", "zh": "超出门店线0.8米", "en": "0.8 m beyond the line", "value": 0.8}],
        "boxes": [{"captured_at": iso(raised), "box": list(GOODS), "kind": "goods", "score": 0.91}],
        "count": 1,
        "stage": "first_seen",
        **changes,
    }


class Pigeons:
    """A way out that keeps what it was given."""

    secret = b"gateway secret"

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.orders: dict[str, int] = {}

    def send_sms(self, message_id: str, phone: str, text: str) -> None:
        self.texts[message_id] = text

    def place_order(self, order_id: str, code: str, payer: str, amount_fen: int, due_on: date) -> None:
        self.orders[order_id] = amount_fen

    def cancel_order(self, code: str) -> None:
        """Taken."""

    def refund(self, refund_id: str, code: str, amount_fen: int, reason: str) -> None:
        """Taken."""


@dataclass(frozen=True)
class Kept:
    """What is costly to make and never changed: authority, store, machine log, a database with people and registers."""

    folder: Path
    store: EvidenceStore
    machine: Database
    package_id: str
    evidence_message: dict[str, Any]

    def verification(self, package_id: str) -> Verification:
        authority = create_ca(self.folder / "authority", FrozenClock(START))
        return verify(self.store.path(package_id), authority.ca, authority.tsa_ca, self.machine)

    def gate(self) -> StoredEvidence:
        authority = create_ca(self.folder / "authority", FrozenClock(START))
        return StoredEvidence(self.store, load_trust(authority.ca), load_trust(authority.tsa_ca), self.machine)


def write_video(path: Path) -> Path:
    """Goods that stand and a person who stands beside, on a grey street."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        stream.options = {"preset": "ultrafast", "g": str(2 * FPS), "crf": "20"}
        image = np.full((SIZE[1], SIZE[0], 3), 120, np.uint8)
        for (x1, y1, x2, y2), colour in ((GOODS, (40, 120, 220)), (WALKER, (200, 80, 60))):
            image[int(y1) : int(y2), int(x1) : int(x2)] = colour
        for _ in range(FPS * SECONDS):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        container.mux(stream.encode())
    return path


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """One sealed and stamped package and a database template, made once."""
    folder = tmp_path_factory.mktemp("console")
    clock = FrozenClock(START + timedelta(seconds=30))
    authority = create_ca(folder / "authority", clock)
    store, machine = EvidenceStore.open(folder / "evidence"), Database(folder / "machine.db")
    machine.create_all()
    source = open_source(SourceSpec("cam-1", str(write_video(folder / "v.mp4")), start=START, watch="all"), clock)
    frames = list(source.frames())
    cut = source.ring.cut(START, START + timedelta(seconds=SECONDS))
    source.close()
    seen = (Detection(ObjectKind.GOODS, "goods", 0.91, GOODS), Detection(ObjectKind.PERSON, "person", 0.8, WALKER))
    sealer = Sealer(store, machine, "worker-1", authority.sealing_signer(), clock, SealProfile("示范局"))
    street = load_street(DATA / "street.yaml")
    sealed = sealer.seal(
        SealRequest(
            alert=alert_message(),
            cut=cut,
            photos=(Photo(PhotoRole.PANORAMA, frames[30]), Photo(PhotoRole.CLOSE_UP, frames[30], (300, 160, 440, 260))),
            detections=[FrameDetections.of(frames[n], seen) for n in range(0, len(frames), 2)],
            geofence={**street.features_geojson(), "version": street.version},
            calibration={"camera_id": "cam-1"},
            model={"name": "street-n", "weights_sha256": "0" * 64},
            device=DeviceFacts("cam-1", lon=121.5, lat=31.2),
            clock=ClockFacts("chrony", offset_ms=5, measured_at=START),
        )
    )
    server = serve(TimeAuthority(authority.tsa_signer(), clock), "127.0.0.1", 0)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    time_authority = TsaClient(f"http://127.0.0.1:{server.server_address[1]}/")
    stamper = Stamper(store, machine, [time_authority], load_trust(authority.tsa_ca), clock)
    assert stamper.drain().stamped == [sealed.package_id]
    server.shutdown()
    server.server_close()
    _fill(folder / "template.db", clock)
    with machine.read() as look:
        from evidence.tables import PackageRow

        message = look.get_one(PackageRow, sealed.package_id).message().model_dump(mode="json")
    return Kept(folder, store, machine, sealed.package_id, message)


def _fill(path: Path, clock: FrozenClock) -> None:
    database = Database(path)
    database.create_all()
    with database.session() as session:
        load_registers(session, DATA / "registers.yaml")
        publish(session, load_street(DATA / "street.yaml"), "demo", clock.now())
        for login, (name, roles) in PEOPLE.items():
            add_user(session, clock, login, name, PASSWORD, roles, user_id=login, admin=login == "admin")
    database.close()


@dataclass
class Hub:
    """The console with everything behind it."""

    services: Services
    chain: Chain
    database: Database
    clock: FrozenClock
    real_clock: FrozenClock
    bus: InProcessBus
    pigeons: Pigeons
    kept: Kept
    base: TestClient
    clients: dict[str, Client] = field(default_factory=dict)

    def visitor(self) -> Client:
        """A browser of somebody who has not signed in."""
        return Client(TestClient(self.base.app, follow_redirects=False))

    def client(self, login: str) -> Client:
        """Somebody signed in through the API."""
        if login not in self.clients:
            client = self.visitor()
            answer = client.http.post("/api/session", json={"user": login, "password": PASSWORD})
            assert answer.status_code == 200, answer.text
            client.csrf = answer.json()["csrf"]
            self.clients[login] = client
        return self.clients[login]

    def lead(self) -> str:
        """A lead whose evidence is sealed and stamped."""
        self.chain.alert_raised(alert_message())
        self.chain.evidence_sealed(self.kept.evidence_message)
        self.tell()
        return ALERT

    def tell(self) -> None:
        """Let the outbox out, as the program does all the time."""
        drain_outbox(self.database, self.bus.publish, self.clock)

    def warned(self) -> str:
        """The lead's party has its order to correct, with a link."""
        lead = self.lead()
        oper, clerk = self.client("oper"), self.client("clerk")
        oper.step("alerts", lead, "confirm")
        good = dict.fromkeys(("authentic", "clear", "complete", "accurate", "lawful_means"), True)
        clerk.step("alerts", lead, "review", **good)
        clerk.step("alerts", lead, "identify", subject_id="s-shop", source="business_licence", confirmed=True)
        oper.step("alerts", lead, "warn", method="sms")
        self.chain.deliver()
        return lead

    def token(self) -> str:
        """The token in the newest message with a link to the party."""
        return [text for text in self.pigeons.texts.values() if "/portal/" in text][-1].split("/portal/")[1].split()[0]

    def code(self) -> str:
        """The code in the newest message."""
        return list(self.pigeons.texts.values())[-1].split("验证码")[1][:6]

    def party(self) -> Client:
        """The party's browser: its link is open, by the code that came to its telephone."""
        client, token = self.visitor(), self.token()
        assert client.http.post(f"/portal/{token}/code").status_code == 200
        assert client.http.post(f"/portal/{token}/open", data={"code": self.code()}).status_code == 303
        return client

    def party_program(self) -> Client:
        """A program of the party: the key goes in a header."""
        client, token = self.visitor(), self.token()
        client.http.post(f"/api/portal/{token}/code")
        opened = client.http.post(f"/api/portal/{token}/open", json={"code": self.code()})
        client.http.headers["X-Portal-Key"] = opened.json()["key"]
        return client


class Client:
    """One browser or program at the console."""

    def __init__(self, http: TestClient) -> None:
        self.http = http
        self.csrf = ""

    def get(self, path: str, **more: Any) -> Any:
        return self.http.get(path, **more)

    def page(self, path: str) -> Any:
        """A page as a browser asks for it."""
        return self.http.get(path, headers={"Accept": "text/html"})

    def post(self, path: str, body: Any = None) -> Any:
        """A program's request, with its token."""
        return self.http.post(path, json=body, headers={"X-CSRF-Token": self.csrf})

    def form(self, path: str, **values: Any) -> Any:
        """A page's form, with its token."""
        return self.http.post(path, data={"csrf": self.csrf, **values}, headers={"Accept": "text/html"})

    def step(self, subject: str, owner: str, code: str, **values: Any) -> Any:
        answer = self.post(f"/api/{subject}/{owner}/steps/{code}", {"values": values})
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
def make_hub(kept: Kept, tmp_path: Path) -> Iterator[Callable[..., Hub]]:
    """A hub whose settings may differ by name; `own_store`: its store is its own and empty."""
    made: list[Hub] = []

    def make(own_store: bool = False, **settings: Any) -> Hub:
        folder = tmp_path / str(len(made))
        folder.mkdir()
        shutil.copy(kept.folder / "template.db", folder / "hub.db")
        database = Database(folder / "hub.db")
        clock, real = FrozenClock(START + timedelta(minutes=1)), FrozenClock(START)
        bus, pigeons = InProcessBus(), Pigeons()
        tools = Tools(
            documents=DocumentMaker(folder / "documents"),
            evidence=kept.gate(),
            ground=StreetGround(database, clock),
            gateway=pigeons,
            signer=LinkSigner(b"k" * 32),
        )
        chain = Chain(database, clock, load_profile("demo"), "demo", tools, "http://console.test")
        services = Services(
            chain=chain,
            database=database,
            clock=clock,
            bus=bus,
            evidence=EvidenceStore.open(folder / "evidence") if own_store else kept.store,
            street=load_street(DATA / "street.yaml"),
            custody=CustodyBook(database, clock, b"c" * 32),
            verification=kept.verification,
            settings=ConsoleSettings(organ="示范区城管局", **settings),
            real_clock=real,
        )
        base = TestClient(create_app(services))
        base.__enter__()
        made.append(Hub(services, chain, database, clock, real, bus, pigeons, kept, base))
        return made[-1]

    yield make
    for hub in made:
        hub.base.__exit__(None, None, None)
        hub.database.close()


@pytest.fixture
def hub(make_hub: Callable[..., Hub]) -> Hub:
    return make_hub()

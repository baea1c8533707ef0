"""The parts of one process, made from settings in one place."""

import os
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path

from fastapi import FastAPI

from console import ConsoleSettings as ConsoleValues
from console import Services, create_app
from evidence import (
    Anchor,
    Authority,
    CustodyBook,
    EvidenceStore,
    Keeper,
    Pkcs11Signer,
    RetentionClass,
    RetentionRules,
    Sealer,
    Signer,
    SoftwareSm2,
    StampBy,
    Stamper,
    Trust,
    TsaClient,
    copy_of,
    create_ca,
    load_trust,
    place_of,
)
from geofence import Street, current, first, load_street, publish
from models import load_network
from nonsite import keys
from nonsite.people import load_users
from nonsite.pinned import StreetGround
from nonsite.ports import HttpGateway, StoredEvidence
from nonsite.rules import seal_profile
from nonsite.settings import Settings
from nonsite.shadow import Shadow
from nonsite.streaming import gpu_providers
from notify import AppriseChannel, Chain, DocumentMaker, LinkSigner, Profile, Tools, load_profile, load_registers
from records import BadInput, Clock, Database, open_clock, read_yaml
from streams import Bus, InProcessBus, Network


@dataclass
class Parts:
    """Built when first asked for, so that a role makes only what it uses."""

    settings: Settings
    public_url: str = ""

    @cached_property
    def clock(self) -> Clock:
        return open_clock(self.settings.clock)

    @cached_property
    def profile(self) -> Profile:
        return load_profile(self.settings.profile)

    @cached_property
    def database(self) -> Database:
        """The hub's database, at this version's schema, with the registers that the settings name."""
        database = keys.hub_database(self.settings)
        database.upgrade()
        keys.check_key(database)
        with database.session() as session:
            if self.settings.registers:
                load_registers(session, self.settings.registers)
            if self.settings.users:
                load_users(session, self.settings.users, self.clock)
            if first(session, self.street.name) is None:  # later versions come by the editor or `nonsite street import`
                publish(session, self.street, self.settings.organ, self.clock.now())
        return database

    @cached_property
    def machine(self) -> Database:
        """This machine's own log and queues; it seals without any server."""
        database = Database(self.settings.data / "machine.db")
        database.upgrade()
        return database

    @cached_property
    def authority(self) -> Authority:
        assert self.settings.authority is not None
        return create_ca(self.settings.authority, self.clock, self.profile.title_zh)

    @cached_property
    def store(self) -> EvidenceStore:
        return EvidenceStore.open(self.settings.data / "evidence")

    @cached_property
    def sealer(self) -> Sealer:
        sealer = Sealer(
            self.store,
            self.machine,
            self.settings.machine,
            self.signer,
            self.clock,
            seal_profile(self.profile.title_zh, self.profile),
            SoftwareSm2.load(self.settings.sm2_key) if self.settings.sm2_key else None,
        )
        sealer.recover()
        sealer.sign_waiting()
        return sealer

    @cached_property
    def stamper(self) -> Stamper | None:
        """None where no time authority is configured: everything then stays sealed and pending."""
        if not self.authorities:
            return None
        return Stamper(self.store, self.machine, self.authorities, self.tsa_trust, self.clock)

    @cached_property
    def authorities(self) -> list[TsaClient]:
        """The time authorities, in the order in which they are asked."""
        urls = ([self.settings.tsa_url] if self.settings.tsa_url else []) + list(self.settings.tsa_urls)
        return [TsaClient(url) for url in urls]

    @cached_property
    def tsa_trust(self) -> Trust:
        """Who is believed to stamp: the roots that the settings name, else the local authority's."""
        return load_trust(self.settings.tsa_ca or self.authority.tsa_ca)

    @property
    def queue(self) -> Database:
        """Where packages wait for their stamp and their proof."""
        return self.machine

    @cached_property
    def anchor(self) -> Anchor:
        """The duty of checkpoints over the hub's database."""
        anchor = self.settings.anchor
        stamp_by = StampBy(self.authorities, self.tsa_trust) if self.authorities else None
        places = [place_of(one) for one in anchor.places]
        return Anchor(
            self.database, self.queue, self.store, self.settings.organ, self.signer, self.clock,
            stamp_by, places, anchor.every_s,
        )  # fmt: skip

    @cached_property
    def keeper(self) -> Keeper:
        """Who keeps the packages for their term, and whole."""
        keeping, rejected = self.settings.keeping, "evidence.rejected_days"
        days = {
            RetentionClass.ALERT: self.profile.number(rejected) if self.profile.known(rejected) else None,
            RetentionClass.NO_PENALTY: keeping.no_penalty_days,
            RetentionClass.CASE_FILE: keeping.case_file_days,
        }
        copy = copy_of(keeping.copy_to) if keeping.copy_to else None
        return Keeper(self.store, self.database, self.queue, self.clock, RetentionRules(days), copy)

    def erase_due(self) -> list[str]:
        """Erase what names parties whose matters have all been over for as long as a case file is kept; their ids."""
        days = self.settings.keeping.case_file_days
        if days is None:
            return []
        return self.chain.erase_due(self.clock.now() - timedelta(days=days), f"{days} days after the end")

    @cached_property
    def signer(self) -> Signer:
        """The sealing key: in software, or in the module that the settings name."""
        chosen = self.settings.signer
        if chosen is None:
            return self.authority.sealing_signer()
        try:
            pin = chosen.pin_file.read_text().strip()
        except OSError as error:
            raise BadInput(
                "E_CONFIG", f"{chosen.pin_file}: {error.strerror}", "signer.pin_file names a file"
            ) from error
        return Pkcs11Signer(chosen.module, chosen.token, chosen.key, pin, chosen.certificate)

    @cached_property
    def ca_trust(self) -> Trust:
        """Whose sealing certificates are believed: the roots that the settings name, else the local authority's."""
        return load_trust(self.settings.ca or self.authority.ca)

    @cached_property
    def bus(self) -> Bus:
        return InProcessBus()

    @cached_property
    def street(self) -> Street:
        """The layers of the settings: what a machine works by until it hears of others."""
        return load_street(self.settings.street)

    @cached_property
    def published_street(self) -> Street:
        """The layers in force in this installation's database; before any were, those of the settings."""
        with self.database.read() as session:
            return current(session, self.street.name, self.clock.now()) or self.street

    @cached_property
    def networks(self) -> list[Network]:
        """One single-threaded session a core: measured to be the fastest use of few cores. Where ONNX Runtime offers a
        GPU, two sessions on it: one converts pictures while the other computes."""
        providers = gpu_providers()
        count = 2 if providers else os.cpu_count() or 1
        runtime = self.settings.runtime
        return [load_network(self.settings.model, providers or None, runtime=runtime) for _ in range(count)]

    @cached_property
    def shadow(self) -> Shadow | None:
        """The candidate that looks beside the present network; None where the settings name none."""
        wanted = self.settings.shadow
        if wanted is None:
            return None
        candidate = load_network(wanted.model, gpu_providers() or None, runtime=self.settings.runtime)
        folder = self.settings.data / "shadow"
        return Shadow(candidate, self.networks[0], folder, wanted.share, wanted.max_mb << 20)

    @cached_property
    def gateway(self) -> HttpGateway:
        return HttpGateway(self.settings.gateway_url, self.settings.gateway_secret, self.public_url, self.clock)

    @cached_property
    def evidence_gate(self) -> StoredEvidence:
        return StoredEvidence(self.store, self.ca_trust, self.tsa_trust, self.machine)

    @cached_property
    def chain(self) -> Chain:
        tools = Tools(
            documents=DocumentMaker(self.settings.data / "documents"),
            evidence=self.evidence_gate,
            ground=StreetGround(self.database, self.clock),
            gateway=self.gateway,
            signer=LinkSigner(self.key("links")),
            staff=_staff(self.settings.staff_channels),
        )
        return Chain(self.database, self.clock, self.profile, self.settings.organ, tools, self.public_url)

    @cached_property
    def console(self) -> FastAPI:
        values = ConsoleValues(
            organ=self.profile.title_zh,
            machine_tokens=_tokens(self.settings.console.machine_tokens),
            tile_url=self.settings.console.tiles,
            secure_cookies=self.public_url.startswith("https://"),
            demonstration=self.settings.profile == "demo",
        )
        services = Services(
            chain=self.chain,
            database=self.database,
            clock=self.clock,
            bus=self.bus,
            evidence=self.store,
            street=self.published_street,
            custody=CustodyBook(self.database, self.clock, self.key("custody")),
            verification=self.evidence_gate.verification,
            settings=values,
            network=load_network(self.settings.model),
            pay=self.gateway.pay if values.demonstration else None,
        )
        return create_app(services)

    def key(self, purpose: str) -> bytes:
        """A key for one purpose, derived from the installation's own secret in the data folder."""
        return keys.key(self.settings, purpose)


def check_writable(folder: Path) -> None:
    """Refuse a data folder that cannot be written, before anything is begun in it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".write-{os.getpid()}"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise BadInput("E_OUT", f"{folder}: {error.strerror or error}", "name a folder that can be written") from error


def public_url(settings: Settings) -> str:
    """The address that links in messages carry."""
    return settings.public_url or f"http://{settings.console.host}:{settings.console.port}"


def _tokens(path: Path | None) -> dict[str, str]:
    """The token of each machine that may send packages, from a YAML file."""
    hint = "console.machine_tokens names a YAML file of machine: token"
    return {} if path is None else read_yaml(path, dict[str, str], "E_CONFIG", hint)


def _staff(path: Path | None) -> AppriseChannel | None:
    """The channels to staff, from a YAML file of role: [addresses]."""
    if path is None:
        return None
    return AppriseChannel(read_yaml(path, dict[str, list[str]], "E_STAFF_CHANNEL", "see docs/operator.md"))

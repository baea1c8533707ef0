"""What leaves for court or for the party as one folder: packages or masked copies, papers, and an index of all sums."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evidence import (
    Action,
    CustodyBook,
    CustodyEntry,
    EvidenceStore,
    For,
    MaskPolicy,
    Purpose,
    export_masked,
    export_original,
    seal_number,
    show_package,
)
from notify import PARTY_PAPERS, CaseView, Chain, DocumentView
from records import BadInput, Refused, parse_iso
from streams import Network

INDEX, SUMS = "index.pdf", "sha256sums.txt"
_NOTE = {
    "court": "证据包为封存原件的逐字节副本，未经遮盖，仅供审理使用。其完整性、封存者、封存时间可按包内说明独立核验。",
    "party": "照片、视频为遮盖后的副本：照片中除本案所涉外，视频中对所有人，均已遮盖；所有元数据未予保留。"
    "封存原件由本机关保管，以封印号为准，可依法申请查阅。",
}
_FOR = {"court": "人民法院", "party": "当事人"}


@dataclass(frozen=True, slots=True)
class Bundler:
    """Makes bundles out of one installation; `who` and `organ` stand in every custody row."""

    chain: Chain
    store: EvidenceStore
    book: CustodyBook
    network: Network | None
    who: str
    organ: str
    title: str

    def make(self, named: Sequence[str], whom: For, to: Path, reason: str) -> Path:
        """The bundle of a case, or of packages by their numbers, as a new folder in `to`; its path.

        Every package's custody row is written before a byte of it is copied. The folder appears whole or not at all.
        Raises Refused E_NO_REASON without a reason, BadInput where something is not there.
        """
        if not reason.strip():
            raise Refused("E_NO_REASON", "no reason given", "say why it leaves")
        case = self._case(named)
        packages = self._packages(case) if case is not None else [self.store.path(one).name for one in named]
        if not packages:
            raise BadInput("E_BUNDLE", f"{' '.join(named)}: no package belongs to it", "name a case with evidence")
        now = self.chain.engine.clock.now()
        name = f"{case.id if case else packages[0]}-{whom.value}-{now:%Y%m%dT%H%M%SZ}"
        final, building = to / name, to / f".tmp-{name}"
        if final.exists():
            raise BadInput("E_BUNDLE", f"{final}: is there already", "wait a second, or name another folder")
        try:
            building.mkdir(parents=True)
            entries = [self._package(one, whom, building / "packages", reason, case) for one in packages]
            papers = list(self._papers(case, whom, building / "documents"))
            index = self._index(case, whom, reason, entries, papers)
            pdf = self.chain.engine.tools.documents.render("bundle", index, now)
            (building / INDEX).write_bytes(pdf)
            (building / SUMS).write_text("".join(f"{digest}  {path}\n" for path, digest in _sums(building)))
            os.replace(building, final)
        except OSError as error:
            raise BadInput("E_BUNDLE", f"{final}: {error}", "give a folder with room that can be written") from error
        finally:
            _remove(building)
        return final

    def _case(self, named: Sequence[str]) -> CaseView | None:
        if len(named) != 1:
            return None
        try:
            return self.chain.case(named[0])
        except BadInput:
            return None

    def _packages(self, case: CaseView) -> list[str]:
        return [one.package_id for one in self.chain.lead(case.lead_id).packages if one.used]

    def _package(self, package: str, whom: For, to: Path, reason: str, case: CaseView | None) -> dict[str, Any]:
        path = self.store.path(package)
        facts = {"bundle_for": whom.value, **({"case": case.id} if case else {})}
        purpose = Purpose.COURT if whom is For.COURT else Purpose.PARTY
        entry = CustodyEntry.about(path, Action.EXPORT, self.who, self.organ, purpose, reason, **facts)
        if whom is For.COURT:
            made = export_original(path, to, self.book, entry)
        else:
            made = to / package
            export_masked(path, made, self.book, entry, self.network, MaskPolicy.PUBLICATION, own=True)
        shown = show_package(path)
        record, known = shown["record"], self.chain.package(package)
        return {
            "id": package,
            "stage": record["stage"],
            "device": record["camera"]["id"],
            "sealed": self._local(record["sealed_utc"]),
            "stamped": self._local_of(known.stamped_at if known else None, shown["stamped"]),
            "seal_sha256": seal_number(path),
            "files": [{"path": f"packages/{package}/{name}", "sha256": digest} for name, digest in _sums(made)],
        }

    def _papers(self, case: CaseView | None, whom: For, to: Path) -> Iterator[dict[str, str]]:
        if case is None:
            return
        both: tuple[DocumentView, ...] = (*self.chain.lead(case.lead_id).documents, *case.documents)
        to.mkdir()
        for n, paper in enumerate(one for one in both if whom is For.COURT or one.kind in PARTY_PAPERS):
            pdf = self.chain.document_pdf(paper.id)
            path = to / f"{n + 1:02d}-{paper.kind.lower()}.pdf"
            path.write_bytes(pdf)
            yield {
                "title": paper.title_zh,
                "number": paper.number,
                "day": f"{paper.issued_at.astimezone(self.chain.calendar.zone):%Y-%m-%d}",
                "path": f"documents/{path.name}",
                "sha256": hashlib.sha256(pdf).hexdigest(),
            }

    def _index(
        self, case: CaseView | None, whom: For, reason: str, entries: list[dict[str, Any]], papers: list[dict[str, str]]
    ) -> dict[str, Any]:
        local = self.chain.engine.clock.now().astimezone(self.chain.calendar.zone)
        return {
            "organ": self.title,
            "number": case.number if case else "、".join(entry["id"] for entry in entries),
            "party": case.subject.name if case and case.subject else "—",
            "whom": whom.value,
            "for_zh": _FOR[whom.value],
            "made": f"{local:%Y-%m-%d %H:%M}",
            "made_ymd": {"year": local.year, "month": local.month, "day": local.day},
            "who": self.who,
            "reason": reason,
            "note": _NOTE[whom.value],
            "packages": entries,
            "documents": papers,
        }

    def _local(self, text: str) -> str:
        return f"{parse_iso(text).astimezone(self.chain.calendar.zone):%Y-%m-%d %H:%M:%S}"

    def _local_of(self, at: Any, stamped: bool) -> str:
        if at is not None:
            return f"{at.astimezone(self.chain.calendar.zone):%Y-%m-%d %H:%M:%S}"
        return "已取得" if stamped else "尚未取得"


def _sums(folder: Path) -> Iterator[tuple[str, str]]:
    """(path in the folder, SHA-256) of every file."""
    for path in sorted(one for one in folder.rglob("*") if one.is_file() and not one.is_symlink()):
        yield path.relative_to(folder).as_posix(), hashlib.sha256(path.read_bytes()).hexdigest()


def _remove(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")) if folder.exists() else ():
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o755)
    shutil.rmtree(folder, ignore_errors=True)

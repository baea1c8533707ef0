"""From a paper's JSON source to its PDF: typst with our templates, deterministic, PDF/A-2b."""

import hashlib
import json
import os
import re
import threading
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import typst

from notify.documents.fonts import find_font, font_folders
from notify.refusals import Barred
from records import BadInput, Refused

_TEMPLATES = Path(__file__).parent / "templates"
_LOCK = threading.Lock()


_TURNING = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Marks and overrides of direction (Unicode Standard Annex 9)."""
_UNKNOWN = re.compile(r'the text `"(.+?)"` could not be displayed')


@cache
def _compiler(fonts: tuple[Path, ...]) -> Any:
    """One compiler a process and set of font folders: loading the fonts costs more than a paper."""
    return typst.Compiler(root=str(_TEMPLATES), font_paths=list(map(str, fonts)), ignore_system_fonts=True)


@dataclass(frozen=True, slots=True)
class Made:
    """A PDF that was written: its SHA-256 (hex) and where it lies."""

    sha256: str
    path: Path


class DocumentMaker:
    """Writes papers into a folder: `<id>.pdf` with its source `<id>.json` beside it. Thread-safe."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def make(self, document_id: str, template: str, source: dict[str, Any], at: datetime) -> Made:
        """Write the PDF of `source` (with `at` as its creation time). Nothing half-written is left behind."""
        pdf = self.render(template, source, at)
        self.folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(source, ensure_ascii=False, sort_keys=True, indent=1)
        _write(self.folder / f"{document_id}.json", text.encode())
        path = self.path(document_id)
        _write(path, pdf)
        return Made(hashlib.sha256(pdf).hexdigest(), path)

    def path(self, document_id: str) -> Path:
        return self.folder / f"{document_id}.pdf"

    def read(self, document_id: str, sha256: str) -> bytes:
        """The PDF as it was issued. Raises Refused `E_HASH_MISMATCH` where the file is another."""
        try:
            pdf = self.path(document_id).read_bytes()
        except FileNotFoundError:
            raise BadInput("E_NOT_FOUND", f"document {document_id} is not in the store") from None
        if hashlib.sha256(pdf).hexdigest() != sha256:
            raise Refused("E_HASH_MISMATCH", f"document {document_id} was altered", "restore it from a backup")
        return pdf

    def discard(self, document_id: str) -> None:
        """Remove what `make` wrote, for a step that did not happen."""
        for suffix in (".pdf", ".json"):
            (self.folder / f"{document_id}{suffix}").unlink(missing_ok=True)

    def render(self, template: str, source: dict[str, Any], at: datetime) -> bytes:
        """The PDF bytes of a template (its name without .typ) filled with `source`.

        Raises Refused `E_GLYPH` for a character that no font at hand can show, or that turns the order of others: a
        paper never leaves a box in a name, and never shows one backwards.
        """
        data = json.dumps(source, ensure_ascii=False)
        if (turning := _TURNING.search(data)) is not None:
            raise Barred(
                "E_GLYPH",
                f"文字中有改变书写方向的字符 U+{ord(turning[0]):04X}，无法出具文书",
                f"the text holds U+{ord(turning[0]):04X}, which turns the order of others: the paper cannot be made",
                "delete it where it was filled in",
            )
        folders = tuple(dict.fromkeys((find_font().parent, *font_folders())))
        with _LOCK:
            try:
                pdf: bytes = _compiler(folders).compile(
                    input=str(_TEMPLATES / f"{template}.typ"),
                    format="pdf",
                    sys_inputs={"data": data},
                    pdf_standards=["a-2b"],
                    timestamp=int(at.timestamp()),
                )
            except typst.TypstError as error:
                unknown = _UNKNOWN.search(str(error))
                if unknown is None:
                    raise
                raise Barred(
                    "E_GLYPH",
                    f"文书字体中没有“{unknown[1]}”字，无法出具文书，请管理员安装含该字的字体",
                    f"no font at hand shows “{unknown[1]}”: the paper cannot be made",
                    "install a font that has it, or name its folder in NONSITE_FONTS",
                ) from None
        return pdf


def _write(path: Path, data: bytes) -> None:
    fresh = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    fresh.write_bytes(data)
    fresh.replace(path)

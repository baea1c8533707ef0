"""What reads liveries and signs off the pictures of an alert: colours from a file, text with the extra `[ocr]`."""

from functools import cache
from pathlib import Path

from pydantic import BaseModel

from detectors import CloserLook, Livery, sign_reader
from records import read_yaml

_USUAL = Path(__file__).resolve().parent.parent / "configs" / "brands.yaml"


class _Brands(BaseModel):
    liveries: tuple[Livery, ...] = ()


@cache
def closer_look(brands: Path | None = None) -> CloserLook:
    """The closer look of this machine; `brands` names a file with other liveries than the usual ones.

    Raises BadInput E_BRANDS naming the file and the fault.
    """
    return CloserLook(load_liveries(brands or _USUAL), sign_reader())


def load_liveries(file: Path) -> tuple[Livery, ...]:
    """The liveries in a YAML file (`configs/brands.yaml` says how it is written). Raises BadInput E_BRANDS."""
    return read_yaml(file, _Brands, "E_BRANDS", "see configs/brands.yaml").liveries

"""What reads liveries and signs off the pictures of an alert: colours from a file, text with the extra `[ocr]`."""

from functools import cache
from pathlib import Path

import yaml
from pydantic import TypeAdapter, ValidationError

from detectors import CloserLook, Livery, sign_reader
from records import BadInput

_USUAL = Path(__file__).resolve().parent.parent / "configs" / "brands.yaml"


@cache
def closer_look(brands: Path | None = None) -> CloserLook:
    """The closer look of this machine; `brands` names a file with other liveries than the usual ones.

    Raises BadInput E_BRANDS naming the file and the fault.
    """
    return CloserLook(load_liveries(brands or _USUAL), sign_reader())


def load_liveries(file: Path) -> tuple[Livery, ...]:
    """The liveries in a YAML file (`configs/brands.yaml` says how it is written). Raises BadInput E_BRANDS."""
    hint = "see configs/brands.yaml"
    try:
        document = yaml.safe_load(file.read_text(encoding="utf-8"))
        return TypeAdapter(tuple[Livery, ...]).validate_python((document or {}).get("liveries", ()))
    except OSError as error:
        raise BadInput("E_BRANDS", f"{file}: {error.strerror}", hint) from error
    except (yaml.YAMLError, UnicodeDecodeError, AttributeError) as error:
        raise BadInput("E_BRANDS", f"{file}: not a mapping with liveries", hint) from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadInput("E_BRANDS", f"{file}: {where}: {first['msg']}", hint) from error

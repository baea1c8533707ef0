"""Files written whole, and files that people write: each fault in them told in one clear line."""

import os
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import TypeAdapter, ValidationError

from records.errors import BadInput

_Shape = TypeVar("_Shape")


def write_whole(path: Path, data: bytes | str) -> None:
    """Write a file whole or not at all: whoever reads it finds what was there before, or all of `data` (text in UTF-8).

    Raises OSError.
    """
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        fresh.write_bytes(data.encode() if isinstance(data, str) else data)
        fresh.replace(path)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise


def read_yaml(file: Path, shape: type[_Shape], code: str, hint: str) -> _Shape:
    """What a YAML file says, as `shape`: a pydantic model, or any type that pydantic checks.

    Raises BadInput `code` naming the file, the field and the fault, never a value: it may be a password.
    """
    try:
        return TypeAdapter(shape).validate_python(yaml.safe_load(file.read_text(encoding="utf-8")))
    except OSError as error:
        raise BadInput(code, f"{file}: {error.strerror}", hint) from None
    except UnicodeDecodeError:
        raise BadInput(code, f"{file}: not YAML: not UTF-8", hint) from None
    except yaml.YAMLError as error:
        mark, what = getattr(error, "problem_mark", None), getattr(error, "problem", None)
        where = "" if mark is None else f" in line {mark.line + 1}"
        raise BadInput(code, f"{file}: not YAML: {what or 'unreadable'}{where}", hint) from None
    except ValidationError as error:
        raise BadInput(code, f"{file}: {fault_of(error)}", hint) from None


def fault_of(error: ValidationError) -> str:
    """The first field at fault, and what is wrong with it."""
    first = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(map(str, first['loc'])) or 'all of it'}: {first['msg']}"

"""Scripts in YAML files."""

from pathlib import Path

import yaml
from pydantic import ValidationError

from models.scenes.script import Script
from records import BadInput


def load_script(path: Path | str) -> Script:
    """Read a script file.

    Raises: BadInput E_SCRIPT_MISSING, E_SCRIPT_INVALID naming the field.
    """
    path = Path(path)
    if not path.is_file():
        raise BadInput("E_SCRIPT_MISSING", f"{path} is not a file", "name a scene script (YAML)")
    try:
        return Script.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except yaml.YAMLError as error:
        raise BadInput("E_SCRIPT_INVALID", f"{path} is not YAML: {error}".splitlines()[0], "mend the file") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadInput("E_SCRIPT_INVALID", f"{path}: {where}: {first['msg']}", "mend that field") from None


def dump_script(script: Script) -> str:
    """The script as YAML that `load_script` reads back."""
    data = script.model_dump(mode="json", by_alias=True, exclude_defaults=False, exclude_none=True)
    return yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=110)

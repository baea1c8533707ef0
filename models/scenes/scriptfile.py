"""Scripts in YAML files."""

from pathlib import Path

import yaml

from models.scenes.script import Script
from records import BadInput, read_yaml


def load_script(path: Path | str) -> Script:
    """Read a script file.

    Raises: BadInput E_SCRIPT_MISSING, E_SCRIPT_INVALID naming the field.
    """
    path = Path(path)
    if not path.is_file():
        raise BadInput("E_SCRIPT_MISSING", f"{path} is not a file", "name a scene script (YAML)")
    return read_yaml(path, Script, "E_SCRIPT_INVALID", "mend that field")


def dump_script(script: Script) -> str:
    """The script as YAML that `load_script` reads back."""
    data = script.model_dump(mode="json", by_alias=True, exclude_defaults=False, exclude_none=True)
    return yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=110)

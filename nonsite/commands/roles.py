"""`nonsite run` and the roles at city scale."""

from pathlib import Path
from typing import Annotated

import typer

from nonsite.commands.output import log
from nonsite.settings import load_settings

Config = Annotated[Path, typer.Option("--config", help="settings file")]


def run(config: Config) -> None:
    """All roles in one process, on SQLite and the in-process bus."""
    from nonsite.run import run_all

    run_all(load_settings(config), log)

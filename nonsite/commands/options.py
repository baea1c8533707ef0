"""What several commands take and stand on: the settings file, JSON, the installation, who sits at the terminal."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nonsite.settings import Settings, load_settings
from records import BadInput

if TYPE_CHECKING:
    from nonsite.parts import Parts

Config = Annotated[Path, typer.Option("--config", help="settings file")]
Json = Annotated[bool, typer.Option("--json")]


def installation(settings: Settings) -> "Parts":
    """The parts of an installation, as its hub has them."""
    from nonsite.parts import Parts, public_url  # brings the whole console
    from nonsite.roles import RoleParts

    kind = RoleParts if settings.kafka else Parts
    return kind(settings, public_url(settings))


def parts_of(config: Path) -> "Parts":
    """The parts over a database that is there; looking never makes an installation. Raises BadInput E_DATABASE."""
    settings = load_settings(config)
    if settings.database is None and not Path(settings.database_url).is_file():
        raise BadInput("E_DATABASE", f"{settings.database_url}: no database yet", "start `nonsite run` first")
    return installation(settings)


def at_the_terminal() -> str:
    """The user of the operating system, as logs name whoever gave a command."""
    return os.environ.get("USER") or str(os.getuid())

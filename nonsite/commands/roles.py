"""`nonsite run` and the roles at city scale."""

from nonsite.commands.options import Config
from nonsite.commands.output import log
from nonsite.settings import load_settings


def run(config: Config) -> None:
    """All roles in one process, on SQLite and the in-process bus."""
    from nonsite.run import run_all

    run_all(load_settings(config), log)


def worker(config: Config) -> None:
    """Watch and seal: one of many workers over Kafka."""
    from nonsite.worker_role import run_worker

    run_worker(load_settings(config), log)


def hub(config: Config) -> None:
    """Alerts and evidence into the chain, terms, time stamps, messages out, over Kafka."""
    from nonsite.roles import run_hub

    run_hub(load_settings(config), log)


def console(config: Config) -> None:
    """Wall, desk, portal and API, with live updates out of Kafka."""
    from nonsite.roles import run_console

    run_console(load_settings(config), log)


def patrol(config: Config) -> None:
    """A vehicle's machine: watches, seals and sends over HTTP what it has, whenever there is coverage."""
    from nonsite.roles import run_patrol

    run_patrol(load_settings(config), log)

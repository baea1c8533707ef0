"""What lies in deploy/ is what the program is: settings load, figures exist, commands are roles."""

import json
import re
import shlex
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import REGISTRY

import nonsite.metrics as metrics
from console import live
from nonsite.settings import load_settings
from nonsite.worker_role import WorkerRole  # the gauges that a worker registers are named there
from records import BadInput
from scripts import grafana_dashboard

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
ROLES = {"worker", "hub", "console", "patrol"}


@pytest.mark.parametrize(
    "path", sorted(DEPLOY.glob("*/settings/*.yaml")), ids=lambda path: f"{path.parts[-3]}-{path.stem}"
)
def test_example_settings_load_with_the_environment_that_the_file_asks_for(path, monkeypatch):
    for name in ("HOSTNAME", "POSTGRES_PASSWORD", "DATABASE"):
        monkeypatch.setenv(name, "postgresql+psycopg://u@h/d" if name == "DATABASE" else "worker-7")
    settings = load_settings(path)
    assert settings.machine == "worker-7"
    assert settings.kafka is not None
    assert settings.health.host == "0.0.0.0"


def test_a_variable_that_is_not_there_is_named(tmp_path, monkeypatch):
    monkeypatch.delenv("NOT_THERE", raising=False)
    (tmp_path / "s.yaml").write_text("data: ${NOT_THERE}/x\nstreet: s\n")
    with pytest.raises(BadInput, match="NOT_THERE"):
        load_settings(tmp_path / "s.yaml")


def test_every_unit_starts_a_role():
    commands = {}
    for path in (DEPLOY / "systemd").glob("*.service"):
        (line,) = re.findall(r"^ExecStart=(.*)$", path.read_text(), re.M)
        commands[path.stem] = shlex.split(line)
    assert {name: command[1:3] for name, command in commands.items()} == {
        f"nonsite-{role}": [role, "--config"] for role in ROLES
    }


def test_compose_and_kubernetes_start_the_roles_beside_kafka_and_postgresql():
    compose = yaml.safe_load((DEPLOY / "compose" / "compose.yaml").read_text())
    assert {"kafka", "postgres", "hub", "console", "worker"} <= set(compose["services"])
    documents = [*all_of("nonsite.yaml"), *all_of("servers.yaml")]
    started = {}
    for document in documents:
        if document["kind"] in ("Deployment", "StatefulSet"):
            (container,) = document["spec"]["template"]["spec"]["containers"]
            started[document["metadata"]["name"]] = container.get("args", [None])[0]
    assert started == {"hub": "hub", "console": "console", "worker": "worker", "kafka": None, "postgres": None}
    for role in ("hub", "console", "worker"):
        assert compose["services"][role]["command"][0] == role


def test_the_dashboard_is_the_one_that_the_script_makes_and_asks_only_for_figures_that_exist():
    written = json.loads((DEPLOY / "grafana" / "nonsite.json").read_text())
    assert written == grafana_dashboard.dashboard()
    asked = set(re.findall(r"nonsite_[a-z_]+", json.dumps(written)))
    assert asked - exposed() == set()


def exposed() -> set[str]:
    """Names of all samples that the roles expose; gauges are named where a role makes them."""
    assert metrics and live and WorkerRole
    source = "".join((ROOT / "nonsite" / name).read_text() for name in ("metrics.py", "worker_role.py", "roles.py"))
    named = set(re.findall(r'"(nonsite_[a-z_]+)"', source))
    from prometheus_client import generate_latest

    for family in text_string_to_metric_families(generate_latest(REGISTRY).decode()):
        named |= {family.name, *(sample.name for sample in family.samples)}
    return named | {f"{name}_{part}" for name in named for part in ("bucket", "total", "count", "sum")}


def all_of(name: str) -> list[dict]:
    return [document for document in yaml.safe_load_all((DEPLOY / "kubernetes" / name).read_text()) if document]

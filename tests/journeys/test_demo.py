"""The whole way, as its user starts it: a generated district watched by the real network, carried to paid fines."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from evidence import audit, judged, load_trust, verify
from records import Database

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """One demo; everything below looks at what it left."""
    out = tmp_path_factory.mktemp("demo") / "out"
    command = [sys.executable, "-m", "nonsite.cli", "demo", "--no-serve", "--json", "--seed", "1", "--out", str(out)]
    environment = {key: value for key, value in os.environ.items() if key != "NONSITE_CLOCK"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=1200)
    assert done.returncode == 0, done.stderr[-3000:]
    return out, json.loads(done.stdout)


def test_no_true_incident_is_missed_at_most_one_alert_is_false_and_none_is_repeated(demo):
    _, report = demo
    alerts = report["alerts"]
    assert alerts["missed"] == 0, report
    assert alerts["false"] <= 1, report
    assert alerts["repeated"] == 0, report
    assert alerts["matched"] == report["truth"]["incidents"]


def test_every_kind_occurs_at_least_twice(demo):
    _, report = demo
    kinds = report["truth"]["by_kind"]
    assert set(kinds) == {"STALL", "OUT_OF_STORE", "OUTDOOR_AD", "BIKE_CLUTTER"}
    assert min(kinds.values()) >= 2


def test_every_sealed_package_verifies(demo):
    _, report = demo
    assert report["evidence"]["sealed"] >= report["alerts"]["raised"]
    assert report["evidence"]["verified"] == report["evidence"]["sealed"]


def test_cases_end_corrected_paid_and_discarded(demo):
    _, report = demo
    assert report["cases"]["rectified"] >= 1
    assert report["cases"]["paid"] >= 1
    assert report["cases"]["discarded"] >= 1


def test_ten_minutes_of_every_source_were_watched(demo):
    _, report = demo
    assert report["seconds"]["street"] >= 3 * 600


def test_the_folder_holds_what_an_outsider_needs(demo):
    out, report = demo
    assert json.loads((out / "report.json").read_text()) == report
    truth = json.loads((out / "truth.json").read_text())["incidents"]
    assert {"id", "kind", "lon", "lat", "start", "end", "lawful", "why"} <= set(truth[0])
    assert any(one["lawful"] for one in truth)
    for line in (out / "alerts.jsonl").read_text().splitlines():
        alert = json.loads(line)
        assert {"id", "kind", "lon", "lat", "opened", "raised", "package"} <= set(alert)
        assert list((out / "evidence").glob(f"*/*/*/{alert['package']}/bagit.txt"))
    assert list((out / "documents").rglob("*.pdf"))


def test_the_program_verifies_a_package_with_the_roots_beside_it(demo):
    out, _ = demo
    package = next((out / "evidence").glob("*/*/*/*/bagit.txt")).parent
    command = [sys.executable, "-m", "nonsite.cli", "evidence", "verify", str(package)]
    roots = ["--ca", str(out / "ca.pem"), "--tsa-ca", str(out / "tsa-ca.pem")]
    done = subprocess.run([*command, *roots], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "log: not checked" in done.stdout


def test_the_packages_own_script_verifies_it_with_stock_tools(demo):
    out, _ = demo
    package = next((out / "evidence").glob("*/*/*/*/bagit.txt")).parent
    script = ["sh", "data/verify/verify.sh", str(out / "ca.pem"), str(out / "tsa-ca.pem")]
    done = subprocess.run(script, cwd=package, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_is_judged_the_same_again_from_what_is_sealed(demo):
    """The dwell added up from sealed observations, the detectors asked again with sealed rules on the sealed street."""
    out, report = demo
    found = [judged(path.parents[1]) for path in (out / "evidence").glob("*/*/*/*/data/judgement.json")]
    assert len(found) >= report["alerts"]["raised"], "what was merged into another alert has a package of its own"
    assert [one.differences for one in found if one is not None and one.differences] == []
    assert all(one is not None and one.elements and one.shown for one in found)


def test_the_dwell_lies_beside_the_clip_in_original_packets(demo):
    out, _ = demo
    records = [json.loads(path.read_text()) for path in (out / "evidence").glob("*/*/*/*/data/record.json")]
    stood = [one for one in records if one["event"]["dwell_ms"] > 40_000 and one["stage"] != "after_notice"]
    assert stood
    assert all(one["dwell"] for one in stood), "a dwell longer than the clip is shown by more than the clip"


def test_every_log_row_of_the_machine_is_with_the_hub(demo):
    out, _ = demo
    machine = Database(next(out.rglob("machine.db")))
    found = audit(Database(next(out.rglob("nonsite.db"))), machine_log=machine)
    assert [str(one) for one in found if one.ok is False] == []
    [copy] = [one for one in found if one.layer == "copy"]
    held, of = copy.detail.split(" rows ")[0].split(" of ")
    assert held == of != "0"


def test_packages_stand_under_checkpoints_that_were_told_outside(demo):
    out, _ = demo
    outside = out / "checkpoints"
    proved = [path.parents[1] for path in (out / "evidence").glob("*/*/*/*/seal/inclusion-*.txt")]
    assert proved
    found = verify(proved[0], out / "ca.pem", out / "tsa-ca.pem", checkpoints=outside, footage=False)
    assert next(one.ok for one in found.checks if one.name == "checkpoint") is True
    hub = Database(next(out.rglob("nonsite.db")))
    roots = load_trust(out / "ca.pem"), load_trust(out / "tsa-ca.pem")
    assert [str(one) for one in audit(hub, outside, *roots) if one.ok is False] == []

"""The demo: a district generated, watched, carried through the chain by players over HTTP, compared with its truth."""

import json
import secrets
import shutil
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from evidence import create_ca, verify
from models.scenes import Script, compose_day, later_script
from nonsite.demo.layout import Layout
from nonsite.demo.people import PASSWORD, STAFF, phones_of
from nonsite.demo.players import Cast, Outcome
from nonsite.demo.processes import ProcessFailed, answers, check_alive, free_port, running
from nonsite.demo.rendering import render_sources
from nonsite.demo.truth import load_alerts, load_truth, score, truth_summary
from nonsite.serve import bind
from notify import load_profile
from records import SharedClock, iso, write_whole

PATIENCE_S = 600.0


class Demo:
    """One demo in one folder."""

    def __init__(self, out: Path, seed: int, port: int, say: Callable[[str], None]) -> None:
        self.layout = Layout(out)
        self.seed = seed
        self.say = say
        if port:
            bind("127.0.0.1", port).close()  # a taken port is refused before any work is done
        self.ports = {"console": port or free_port(), "authority": free_port(), "gateway": free_port()}
        self.clock = SharedClock(self.layout.clock)
        self.began = time.monotonic()
        self._process: Any = None

    def run(self, finished: Callable[[dict[str, Any]], None], *, serve: bool) -> None:
        """The whole way; `finished` gets the report, then the console stays up if `serve`."""
        self.layout.prepare()
        script = compose_day(self.seed)
        self.clock.set(script.start - timedelta(minutes=5))
        self.layout.write(script, secrets.token_hex(32), self.ports)
        create_ca(self.layout.authority, self.clock, "nonsite demo")
        self.say(
            f"district day {script.start.astimezone():%Y-%m-%d}, seed {self.seed}: {script.duration_s:.0f} s of street"
        )
        self._film(script, script.sources, script.duration_s, truth=True)
        self.clock.set(script.start)
        with ExitStack() as stack:
            self._start(stack)
            self._wait_until_quiet("the street")
            outcome = self._play(script)
            report = self._report(script, outcome)
            finished(report)
            self._summary(report)
            if serve:
                self._serve()

    def _film(self, script: Script, sources: list[str], seconds: float, *, truth: bool = False) -> None:
        """Render sources of a script into the folders where the recorder would leave them."""
        scratch = self.layout.out / ".rendering"
        rendered = render_sources(script, self.seed, scratch, sources, seconds, self.say)
        for source in sources:
            target = self.layout.recording(source, script.start)
            target.parent.mkdir(parents=True, exist_ok=True)
            video = rendered[source].videos[source]
            shutil.move(video, target)
            if source in rendered[source].tracks:
                shutil.move(rendered[source].tracks[source], target.with_suffix(".nmea"))
        if truth:
            incidents = json.loads(rendered[sources[0]].truth.read_text())["incidents"]
            self.layout.truth.write_text(json.dumps({"incidents": incidents}, ensure_ascii=False, indent=1))
        shutil.rmtree(scratch)

    def _start(self, stack: ExitStack) -> None:
        """Time authority, gateway and nonsite itself, each a process of its own on the shared clock."""
        here, clock = self.layout, str(self.layout.clock)
        port = {name: str(number) for name, number in self.ports.items()}
        authority, gateway, console = (
            f"http://127.0.0.1:{self.ports[n]}/" for n in ("authority", "gateway", "console")
        )
        programs = (
            (
                "time authority",
                ["evidence.authority", "--dir", str(here.authority), "--port", port["authority"], "--clock", clock],
                authority,
            ),
            (
                "gateway",
                ["notify.gateway", "--port", port["gateway"], "--secret-file", str(here.secret), "--clock", clock],
                gateway,
            ),
            ("nonsite", ["nonsite.cli", "run", "--config", str(here.settings)], console),
        )
        for name, arguments, url in programs:
            log = here.logs / f"{name.replace(' ', '-')}.log"
            self._process = stack.enter_context(running(name, arguments, log, answers(url), wait_s=120.0))

    def _status(self) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads((self.layout.data / "status.json").read_text())
        except FileNotFoundError:
            return {}
        return found

    def _wait_until_quiet(self, what: str) -> None:
        """Until no source plays, nothing waits for a seal, a stamp, a delivery or a re-check, twice in a row."""
        log = self.layout.logs / "nonsite.log"
        deadline, quiet_beats = time.monotonic() + PATIENCE_S, set[int]()
        while len(quiet_beats) < 3:
            check_alive("nonsite", self._process, log)
            status = self._status()
            worker = status.get("worker", {})
            if worker.get("failure"):
                raise ProcessFailed("E_WORKER", f"the worker stopped: {worker['failure']}", f"its log is {log}")
            queued = sum(status.get("queued", {"": 1}).values()) + status.get("recaptures", 0)
            if worker.get("finished") and queued == 0:
                quiet_beats.add(status["beats"])
            else:
                quiet_beats.clear()
            if time.monotonic() > deadline:
                raise ProcessFailed("E_PROCESS", f"{what}: not quiet after {PATIENCE_S:.0f} s", f"its log is {log}")
            time.sleep(0.2)

    def _play(self, script: Script) -> Outcome:
        """The people of the demo, through HTTP; every wait of days is jumped over."""
        self.clock.set(script.at(script.duration_s), rate=1.0)
        console, gateway = (f"http://127.0.0.1:{self.ports[name]}" for name in ("console", "gateway"))
        cast = Cast(console, gateway, self.clock, self.say, phones_of(script))
        alerts = cast.all_alerts()
        self.layout.alerts.write_text("".join(json.dumps(alert, ensure_ascii=False) + "\n" for alert in alerts))
        cast.triage_and_warn()
        self._wait_until_quiet("the notices")
        for due, leads in cast.rechecks_due():
            self._answer(script, due, leads, cast)
        cast.carry_on(self._jump)
        return cast.outcome()

    def _answer(self, script: Script, due: datetime, leads: list[dict[str, Any]], cast: Cast) -> None:
        """Jump to a re-check that is due, film what is there then, and let the re-check answer it."""
        start = due.replace(microsecond=0) + timedelta(seconds=61)
        answers = {incident: cast.answer_of(lead) for lead, incident in self._incidents_of(leads).items()}
        later = later_script(script, (start - script.start).total_seconds(), answers)
        self.clock.set(later.start)
        sources = sorted({lead["source_id"] for lead in leads})
        self._film(later, sources, later.duration_s)
        self._jump(later.start + timedelta(seconds=later.duration_s + 5))

    def _incidents_of(self, leads: list[dict[str, Any]]) -> dict[str, str]:
        """Which true incident each lead is about: the players who decide whether to clear up know their own deeds."""
        ids = {lead["id"] for lead in leads}
        matched = score(load_truth(self.layout.truth), load_alerts(self.layout.alerts), {}).matched
        return {alert: incident for incident, alert in matched if alert in ids}

    def _jump(self, to: datetime) -> None:
        """Step the one clock of all processes, and let everything that fell due be done."""
        self.clock.set(max(to, self.clock.now()), rate=1.0)
        time.sleep(0.6)  # at least one status after the jump
        self._wait_until_quiet(f"the work due by {iso(to)}")

    def _report(self, script: Script, outcome: Outcome) -> dict[str, Any]:
        here = self.layout
        self._hand_over()
        incidents, alerts = load_truth(here.truth), load_alerts(here.alerts)
        profile = load_profile("demo")
        dwell = {kind: float(profile.get(f"dwell_s.{kind}")) for kind in {incident.kind for incident in incidents}}
        packages = sorted(path.parent for path in (here.out / "evidence").glob("*/*/*/*/bagit.txt"))
        good = sum(verify(package, here.out / "ca.pem", here.out / "tsa-ca.pem").ok for package in packages)
        report = {
            "truth": truth_summary(incidents),
            "alerts": score(incidents, alerts, dwell).as_json(len(alerts)),
            "evidence": {"sealed": len(packages), "verified": good},
            "cases": outcome.as_json(),
            "seconds": {
                "street": script.duration_s * len(script.sources),
                "wall": round(time.monotonic() - self.began, 1),
            },
            "out": str(here.out),
        }
        write_whole(here.report, json.dumps(report, ensure_ascii=False, indent=2) + "\n")
        return report

    def _hand_over(self) -> None:
        """What an outsider needs, at the top of the folder: roots of trust, packages, papers."""
        here = self.layout
        for name in ("ca.pem", "tsa-ca.pem"):
            shutil.copy2(here.authority / name, here.out / name)
        for name in ("evidence", "documents"):
            (here.out / name).symlink_to(Path("data") / name, target_is_directory=True)

    def _summary(self, report: dict[str, Any]) -> None:
        alerts, cases, evidence = report["alerts"], report["cases"], report["evidence"]
        self.say(
            f"{report['truth']['incidents']} true incidents; alerts {alerts['raised']}: matched {alerts['matched']}, "
            f"missed {alerts['missed']}, false {alerts['false']}, repeated {alerts['repeated']}; "
            f"evidence {evidence['verified']}/{evidence['sealed']} verified; cases: rectified {cases['rectified']}, "
            f"paid {cases['paid']}, discarded {cases['discarded']}; {report['seconds']['wall']} s; {report['out']}"
        )

    def _serve(self) -> None:
        self.say(f"console: http://127.0.0.1:{self.ports['console']}  (end with Ctrl-C)")
        self.say("people: " + ", ".join(f"{login} ({name})" for login, name, _, _ in STAFF) + f"; password {PASSWORD}")
        self._process.wait()

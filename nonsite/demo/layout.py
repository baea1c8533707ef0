"""What the demo lays out in its folder before anything runs: street, settings, registers, people."""

from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from models.scenes import Script, cameras, dump_script, street_file
from nonsite.demo import people
from records import BadInput
from streams import name_for

MARKER = ".nonsite-demo"
"""Lies in the folder of a demo: only such a folder is emptied for the next one."""


class Layout:
    """The paths of one demo folder."""

    def __init__(self, out: Path) -> None:
        self.out = out.absolute()
        self.recordings = self.out / "recordings"
        self.data = self.out / "data"
        self.authority = self.out / "authority"
        self.logs = self.out / "logs"
        self.clock = self.out / "clock"
        self.settings = self.out / "settings.yaml"
        self.street = self.out / "street.yaml"
        self.secret = self.out / "gateway.secret"
        self.truth = self.out / "truth.json"
        self.alerts = self.out / "alerts.jsonl"
        self.report = self.out / "report.json"

    def prepare(self) -> None:
        """An empty folder of the demo's own; BadInput where it is somebody else's or cannot be written."""
        import shutil

        marker = self.out / MARKER
        try:
            if self.out.exists() and any(self.out.iterdir()) and not marker.exists():
                raise BadInput(
                    "E_OUT", f"{self.out}: is not empty and no earlier demo", "name another folder with --out"
                )
            if self.out.exists():
                _make_deletable(self.out)
                shutil.rmtree(self.out)
            self.logs.mkdir(parents=True)
            marker.write_text("made by `nonsite demo`; the next demo in this folder replaces everything\n")
        except OSError as error:
            raise BadInput("E_OUT", f"{self.out}: {error.strerror}", "name a folder that can be written") from error

    def recording(self, source: str, start: datetime) -> Path:
        """Where the recording of a source that begins at `start` lies."""
        return self.recordings / source / f"{name_for(start)}.mp4"

    def write(self, script: Script, secret: str, ports: dict[str, int]) -> None:
        """Street, settings, registers and people of the district."""
        self.secret.write_text(secret)
        (self.out / "script.yaml").write_text(dump_script(script))
        _dump(self.street, street_file(script))
        _dump(self.out / "registers.yaml", people.registers(script))
        _dump(self.out / "users.yaml", people.users())
        _dump(self.settings, self._settings(script, ports))

    def _settings(self, script: Script, ports: dict[str, int]) -> dict[str, Any]:
        return {
            "data": "data",
            "clock": "clock",
            "clock_follows_sources": True,
            "machine": "demo-machine",
            "profile": "demo",
            "street": "street.yaml",
            "organ": people.ORGAN,
            "registers": "registers.yaml",
            "users": "users.yaml",
            "authority": "authority",
            "tsa_url": f"http://127.0.0.1:{ports['authority']}/",
            "anchor": {"every_s": 15, "places": ["checkpoints"]},
            "gateway_url": f"http://127.0.0.1:{ports['gateway']}",
            "gateway_secret": "gateway.secret",
            "console": {"host": "127.0.0.1", "port": ports["console"]},
            "sources": [self._source(script, camera) for camera in cameras(script)],
        }

    def _source(self, script: Script, camera: dict[str, Any]) -> dict[str, Any]:
        video = self.recording(camera["id"], script.start)
        source: dict[str, Any] = {
            "id": camera["id"],
            "kind": camera["kind"],
            "url": str(video.relative_to(self.out)),
            "start": script.start,
            "image_size": list(camera["image_size"]),
            "group": script.district.name,
            "device": {
                "lon": script.district.lon,
                "lat": script.district.lat,
                "serial": f"DEMO-{camera['id']}",
                "model": "generated camera",
                "legal_review_no": "DEMO-L-1",
                "technical_review_no": "DEMO-T-1",
                "site_publication_ref": "https://demo.invalid/devices",
            },
        }
        if camera["kind"] == "vehicle":
            source["mount"] = {**camera["mount"], "gnss_system": "CGCS2000"}
            source["track"] = str(video.with_suffix(".nmea").relative_to(self.out))
        else:
            source["calibration"] = [{"px": list(gcp["px"]), "lonlat": list(gcp["lonlat"])} for gcp in camera["gcps"]]
        return source


def _dump(path: Path, document: Any) -> None:
    path.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")


def _make_deletable(folder: Path) -> None:
    """Sealed packages are read-only folders; their owner may still clear an old demo away."""
    for path in folder.rglob("*"):
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o755)

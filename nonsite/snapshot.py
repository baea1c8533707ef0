"""What a worker last heard from the bus, in its own data folder: enough to watch on when it starts without a bus."""

import json
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from geofence import Street, load_street
from nonsite.messages import CameraMessage, camera_of, group_of
from nonsite.settings import SourceSettings
from records import NonsiteError, write_whole


class Snapshot:
    """Files beside the worker's data: its cameras, the layers, and the open incidents of each group."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep_cameras(self, cameras: Iterable[SourceSettings]) -> None:
        """Remember what is watched now; incidents of other groups are forgotten."""
        kept = list(cameras)
        self._write("cameras", [CameraMessage(camera=camera).to_json() for camera in kept])
        mine = {_file_of(group_of(camera)) for camera in kept}
        for path in self._folder.glob("incidents-*.json"):
            if path.stem not in mine:
                path.unlink(missing_ok=True)

    def cameras(self) -> list[SourceSettings]:
        """What was watched last."""
        return [camera_of(message) for message in self._read("cameras") or []]

    def keep_street(self, document: Mapping[str, Any]) -> None:
        """Remember the layers in force."""
        self._write("street", document)

    def street(self) -> Street | None:
        """The layers last heard of."""
        document = self._read("street")
        return None if document is None else load_street(document)

    def keep_state(self, group: str, state: Mapping[str, Any]) -> None:
        """Remember the open incidents of a group."""
        self._write(_file_of(group), state)

    def states(self, groups: Collection[str]) -> dict[str, dict[str, Any]]:
        """The open incidents of groups, where they are known."""
        found = {group: self._read(_file_of(group)) for group in groups}
        return {group: state for group, state in found.items() if state is not None}

    def _write(self, name: str, document: Any) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        write_whole(self._folder / f"{name}.json", json.dumps(document, ensure_ascii=False))

    def _read(self, name: str) -> Any:
        try:
            return json.loads((self._folder / f"{name}.json").read_text())
        except (OSError, ValueError, NonsiteError):
            return None


def _file_of(group: str) -> str:
    return f"incidents-{quote(group, safe='')}"

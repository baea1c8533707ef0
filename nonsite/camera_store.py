"""What is known of a camera's looks, in a folder: the learnt reference, what was found, and its hours."""

import base64
import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import structlog

from detectors import Hour
from nonsite.settings import SourceSettings
from records import BadInput, write_whole
from streams import Image, Reference, View

log = structlog.get_logger("camera")


class CameraStore:
    """One camera's folder. A disk that fails is said aloud and costs the history, not the watching."""

    def __init__(self, folder: Path | None, source_id: str) -> None:
        self._folder = None if folder is None else folder / source_id

    def state(self, fingerprint: str) -> dict[str, Any]:
        """What was found under this calibration; empty where nothing was."""
        if self._folder is None:
            return {}
        try:
            document: dict[str, Any] = json.loads((self._folder / "camera.json").read_text())
        except (OSError, ValueError):
            return {}
        return document if document.get("fingerprint") == fingerprint else {}

    def keep_state(self, document: Mapping[str, Any]) -> None:
        """Remember what was found."""
        self._write("camera.json", json.dumps(document, ensure_ascii=False).encode())

    def picture(self, name: str) -> Reference | None:
        """A kept picture: `reference`, `recent` or `night`."""
        if self._folder is None:
            return None
        try:
            return _reference((self._folder / f"{name}.png").read_bytes())
        except OSError:
            return None

    def keep_picture(self, name: str, grey: Image) -> None:
        """Keep a grey picture under a name."""
        self._write(f"{name}.png", _png(grey))

    def hours(self, since: datetime) -> list[Hour]:
        """The hours kept from `since` on, a line each; a torn line (a crash while it was written) is left out."""
        if self._folder is None:
            return []
        found = []
        try:
            lines = (self._folder / "hours.jsonl").read_text().splitlines()
        except OSError:
            return []
        for line in lines:
            try:
                found.append(Hour.from_json(json.loads(line)))
            except (ValueError, KeyError, TypeError, IndexError):
                log.warning("hour unreadable", folder=self._folder.name)
        fresh = [hour for hour in found if hour.at >= since]
        if len(fresh) < len(lines):
            rows = "".join(json.dumps(hour.to_json()) + "\n" for hour in fresh)
            self._write("hours.jsonl", rows.encode())
        return fresh

    def add_hour(self, hour: Hour) -> None:
        """Append an hour."""
        if self._folder is None:
            return
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with (self._folder / "hours.jsonl").open("a") as rows:
                rows.write(json.dumps(hour.to_json()) + "\n")
        except OSError as error:
            log.warning("not kept", camera=self._folder.name, reason=str(error))

    def _write(self, name: str, data: bytes) -> None:
        if self._folder is None:
            return
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            write_whole(self._folder / name, data)
        except OSError as error:
            log.warning("not kept", camera=self._folder.name, what=name, reason=str(error))


def fingerprint_of(source: SourceSettings) -> str:
    """What a camera's state stands on: its calibration and reference; another one lifts whatever was found before."""
    about = source.model_dump(mode="json", include={"calibration", "image_size", "reference_since"})
    picture = "" if source.reference is None else hashlib.sha256(_read(source)).hexdigest()
    return hashlib.sha256(json.dumps([about, picture], sort_keys=True).encode()).hexdigest()[:16]


def given_reference(source: SourceSettings) -> Reference | None:
    """The reference picture that the settings name; BadInput E_REFERENCE where it cannot be used."""
    if source.reference is None:
        return None
    grey = cv2.imdecode(np.frombuffer(_read(source), np.uint8), cv2.IMREAD_GRAYSCALE)
    if grey is None:
        raise BadInput("E_REFERENCE", f"source {source.id}: {source.reference} is no picture", "give a JPEG or PNG")
    size = source.image_size
    if size is not None and abs(grey.shape[1] / grey.shape[0] - size[0] / size[1]) > 0.02:
        shape = f"{grey.shape[1]}x{grey.shape[0]}"
        hint = f"give a whole picture of the camera, {size[0]}x{size[1]}"
        raise BadInput("E_REFERENCE", f"source {source.id}: {source.reference} is {shape}", hint)
    reference = Reference(View.of_grey(np.asarray(grey, np.uint8)))
    if not reference.usable:
        hint = "give a sharp picture taken by day"
        raise BadInput("E_REFERENCE", f"source {source.id}: too little stands out in {source.reference}", hint)
    return reference


def reference_to_json(reference: Reference) -> str:
    """A reference as it travels between machines: PNG in base64."""
    return base64.b64encode(_png(reference.view.grey)).decode()


def reference_of_json(picture: str) -> Reference | None:
    """What `reference_to_json` wrote; None where it is no picture."""
    try:
        return _reference(base64.b64decode(picture, validate=True))
    except ValueError:
        return None


def oldest_kept(now: datetime, days: int) -> datetime:
    """From when on hours are kept."""
    return now - timedelta(days=days)


def _png(grey: Image) -> bytes:
    done, data = cv2.imencode(".png", grey)
    assert done
    return data.tobytes()


def _reference(data: bytes) -> Reference | None:
    grey = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE) if data else None
    return None if grey is None else Reference(View.of_grey(np.asarray(grey, np.uint8)))


def _read(source: SourceSettings) -> bytes:
    assert source.reference is not None
    try:
        return Path(source.reference).read_bytes()
    except OSError as error:
        message = f"source {source.id}: {source.reference}: {error.strerror}"
        raise BadInput("E_REFERENCE", message, "name the picture taken when the camera was calibrated") from error

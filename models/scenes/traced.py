"""Streets path-traced by Blender instead of painted: the same script, camera and truth, in light that behaves as such.

Blender's module wants another numpy than the rest of the program, so it runs as a process of its own
(`scripts/tracer.py`), in the environment that `scripts/setup-render` makes. What goes over is a folder: solids as one
mesh, pictures as quadrilaterals.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import cv2
import numpy as np

from models.scenes.district import District
from models.scenes.facades import paint_facade, paint_far
from models.scenes.ground import Sheet, paint_ground
from models.scenes.items import Item
from models.scenes.light import Light
from models.scenes.mesh import Image
from models.scenes.solids import Picture, linear, solids_of
from models.scenes.stage import Label, Stage
from models.scenes.view import View
from models.scenes.world import World
from records import BadInput

HOME = Path(__file__).resolve().parents[2]
PYTHON = "NONSITE_RENDER_PYTHON"
SUN = {"day": 2.6, "overcast": 0.0, "shade": 0.0, "dusk": 0.0}
SKY = {"day": 1.5, "overcast": 2.5, "shade": 2.6, "dusk": 1.0}
"""Strengths of sun and sky in Blender's units, so that pictures are about as bright as painted ones [given]."""


class Tracer:
    """A running Blender. Use it as a context.

    Raises:
        BadInput: E_RENDER where its environment is not there or it dies.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._sheets: dict[tuple[int, int], list[Picture]] = {}

    def __enter__(self) -> Self:
        python = Path(os.environ.get(PYTHON) or HOME / ".venv-render" / "bin" / "python")
        if not python.exists():
            raise BadInput("E_RENDER", f"no Blender at {python}", "run scripts/setup-render, or set " + PYTHON)
        command = [str(python), str(HOME / "scripts" / "tracer.py")]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def picture(self, world: World, view: View, t: float) -> tuple[Image, list[Label]]:
        """The street at a time as `view` sees it (BGR, without sensor noise or codec), and what shows of each thing."""
        process = self._process
        assert process is not None and process.stdin is not None and process.stdout is not None
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            things = [item for some in world.items(t) for item in some]
            describe(folder, world, view, things, self._ground(world))
            try:
                process.stdin.write(f"{folder}\n")
                process.stdin.flush()
            except BrokenPipeError:
                raise _died(process) from None
            while (line := process.stdout.readline()) != "done\n":  # Blender talks in between
                if not line:
                    raise _died(process)
            low_high = np.asarray(cv2.imread(str(folder / "numbers.png"))).astype(int)
            numbers = low_high[:, :, 2] + 256 * low_high[:, :, 1]
            return np.asarray(cv2.imread(str(folder / "traced.png"))), Stage(world, view).labels(things, numbers)

    def _ground(self, world: World) -> list[Picture]:
        """Ground and houses of a district by daylight; one district is kept, since pictures come street by street."""
        key = (id(world.script.district), world.seed)
        if key not in self._sheets:
            self._sheets = {key: sheets(world.script.district, world.scale, world.seed)}
        return self._sheets[key]


def _died(process: subprocess.Popen[str]) -> BadInput:
    return BadInput("E_RENDER", f"Blender ended with status {process.wait()}", "run scripts/setup-render again")


def describe(folder: Path, world: World, view: View, things: Sequence[Item], ground: Sequence[Picture]) -> None:
    """Write down a street for the tracer: scene.json, solids.npz and the pictures."""
    solids = solids_of(things, view.centre)
    with (folder / "solids.npz").open("wb") as file:
        np.savez(file, allow_pickle=False, **solids.arrays())
    light = world.light
    rows = [_row(folder, n, one, light) for n, one in enumerate([*ground, *solids.pictures])]
    document = {
        "wet": light.wet,
        "pictures": rows,
        "light": _light(world.script.weather.light, light),
        "camera": {
            "size": view.size,
            "f_px": view.f_px,
            "centre": view.centre.tolist(),
            "rotation": view.rotation.tolist(),
        },
    }
    (folder / "scene.json").write_text(json.dumps(document), encoding="utf-8")


def sheets(district: District, scale: float, seed: int) -> list[Picture]:
    """Ground, the two rows of houses and the street's two ends, as pictures without any light on them."""
    middle, half = (district.x0 + district.x1) / 2, (district.x1 - district.x0) / 2 + 9
    found = [Picture(_corners(ground := paint_ground(district, scale, seed)), ground.image, use="ground")]
    for side in ("north", "south"):
        facade = paint_facade(district, side, scale, seed)
        found.append(Picture(_corners(facade.sheet), facade.sheet.image, glow=1.0, glowing=facade.glow, use="houses"))
    for end in (1, -1):
        far = paint_far(district, middle + end * half, 8.0, seed)
        found.append(Picture(_corners(far), far.image, use="houses"))
    return found


def _corners(sheet: Sheet) -> np.ndarray:
    h, w = sheet.image.shape[:2]
    across, down = sheet.right * w / sheet.scale, sheet.down * h / sheet.scale
    return np.array([sheet.origin, sheet.origin + across, sheet.origin + across + down, sheet.origin + down])


def _row(folder: Path, n: int, one: Picture, light: Light) -> dict[str, Any]:
    """Write one picture, and what the tracer is told of it. A lit sign shines as much as the hour lets it be seen."""
    strength = max(0.0, light.glow - float(light.ambient.mean()) * 1.25) if one.glowing is not None else one.glow * 0.5
    cv2.imwrite(str(folder / f"{n}.png"), _straight(one.image))
    if one.glowing is not None and strength:
        cv2.imwrite(str(folder / f"{n}-glow.png"), one.glowing)
    return {
        "file": f"{n}.png",
        "glow_file": f"{n}-glow.png" if one.glowing is not None else "",
        "glow": strength,
        "alpha": one.image.shape[2] == 4,
        "corners": one.corners.tolist(),
        "use": one.use,
        "number": one.number,
    }


def _straight(image: Image) -> Image:
    """BGRA with its colours no longer multiplied by how opaque they are."""
    if image.shape[2] == 3:
        return image
    opaque = np.maximum(image[:, :, 3:].astype(float) / 255, 1 / 255)
    return np.asarray(np.concatenate([np.clip(image[:, :, :3] / opaque, 0, 255), image[:, :, 3:]], 2).astype(np.uint8))


def _light(kind: str, light: Light) -> dict[str, Any]:
    sky = (np.array(light.sky_top) + np.array(light.sky_low)) / 2 / 255
    dim = 1 - 0.6 * light.wet
    return {
        "sky": linear(sky[::-1]).tolist(),
        "sky_strength": SKY[kind] * (1 - 0.2 * light.wet),
        "sun": [1.0, 0.93, 0.84],
        "sun_strength": SUN[kind] * dim,
        "toward": light.toward.tolist(),
    }

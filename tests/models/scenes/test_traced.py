"""The same street painted and path-traced: the same camera and the same things, told by what really hides them."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from models.generated import render_samples
from models.scenes.draw import Place
from models.scenes.items import item
from models.scenes.mesh import Builder
from models.scenes.solids import linear, solids_of
from models.scenes.traced import HOME, PYTHON, Tracer
from models.scenes.training import stills
from records import BadInput

BLENDER = Path(os.environ.get(PYTHON) or HOME / ".venv-render" / "bin" / "python")


def test_every_piece_becomes_faces_where_it_stands_numbered_by_its_thing() -> None:
    builder = Builder()
    builder.box((0, 0, 0), (1, 1, 1), (255, 255, 255))
    builder.tube((0, 0, 0), (0, 0, 2), 0.1, (0, 0, 255))
    builder.ball((0, 0, 3), 0.5, (0, 255, 0))
    builder.ring((0, 0, 1), 0.5, 0.05, (9, 9, 9))
    other = Builder()
    other.billboard((0, 0, 1), 0.5, np.zeros((4, 4, 4), np.uint8))
    things = (item("a", None, one.model(), Place(x, 0)) for one, x in ((builder, 10.0), (other, 20.0)))
    arrays = (solids := solids_of([*things], np.zeros(3))).arrays()
    assert set(arrays["numbers"]) == {1} and [one.number for one in solids.pictures] == [2]
    assert arrays["counts"].min() >= 3 and arrays["counts"].sum() == len(arrays["verts"])
    low, high = arrays["verts"].min(axis=0), arrays["verts"].max(axis=0)
    assert 9.4 < low[0] < 9.6 and 10.95 < high[0] < 11.1 and 3.45 < high[2] < 3.55
    assert np.allclose(solids.pictures[0].corners.mean(axis=0), [20, 0, 1])


def test_colours_go_over_as_light() -> None:
    assert linear(np.array([0.0, 0.04, 0.5, 1.0])) == pytest.approx([0, 0.003096, 0.214041, 1.0], abs=1e-6)


def test_without_blender_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(PYTHON, str(tmp_path / "none"))
    with pytest.raises(BadInput, match="no Blender") as refused, Tracer():
        pass
    assert refused.value.code == "E_RENDER" and "setup-render" in refused.value.hint


@pytest.mark.long
@pytest.mark.skipif(not BLENDER.exists(), reason="NO BLENDER HERE: run scripts/setup-render; nothing was path-traced")
def test_a_traced_street_shows_what_the_painted_one_shows_where_it_shows_it(tmp_path: Path) -> None:
    painted = list(stills(2, 7, 320, ["close"]))
    with Tracer() as tracer:
        traced = list(stills(2, 7, 320, ["close"], tracer))
    for one, other in zip(painted, traced, strict=True):
        assert one.name == other.name and one.image.shape == other.image.shape
        assert 0.5 < other.image.mean() / one.image.mean() < 2
        boxes = {label.id: label.box for label in one.labels}
        seen = [label for label in other.labels if label.visible > 0.5 and label.id in boxes]
        assert seen and all(label.box == boxes[label.id] for label in seen)
        # laid over one another, edges of one picture are edges of the other
        edges = [np.abs(np.diff(still.image.mean(axis=2), axis=1)) for still in (one, other)]
        assert np.corrcoef(edges[0].ravel(), edges[1].ravel())[0, 1] > 0.3
    assert len(render_samples(tmp_path / "traced", 1, 7, ["close"], 320, traced=True)) == 1

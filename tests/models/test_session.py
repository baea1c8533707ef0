"""What computes a network: ONNX Runtime and OpenVINO give the same answers, each says what it is."""

from __future__ import annotations

import builtins
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models import Runtime, load_network
from models.session import open_session
from records import BadInput


def noise(rows: int, columns: int) -> np.ndarray:
    return np.random.default_rng(7).integers(0, 255, (rows, columns, 3)).astype(np.uint8)


@pytest.mark.parametrize("runtime", ["onnx", "openvino"])
def test_a_network_says_what_computes_it_and_how_finely(runtime: Runtime) -> None:
    execution = load_network(runtime=runtime).execution
    assert execution.engine.startswith({"onnx": "onnxruntime ", "openvino": "openvino "}[runtime])
    assert execution.precision in {"float32", "bfloat16"}


def test_both_runtimes_give_outputs_alike_for_any_batch_and_canvas() -> None:
    one, other = load_network(), load_network(runtime="openvino")
    fine = other.execution.precision == "float32"
    for count, rows, columns in ((1, 384, 640), (3, 384, 640), (2, 640, 640)):
        canvases = [noise(rows, columns) for _ in range(count)]
        for a, b in zip(one._run(canvases), other._run(canvases), strict=True):
            assert a.shape == b.shape
            boxes, scores = np.abs(a - b)[:, :4], np.abs(a - b)[:, 4:]
            assert np.quantile(boxes, 0.99) < (0.1 if fine else 8.0)
            assert scores.max() < (1e-3 if fine else 0.1)


def test_many_threads_may_have_their_first_answers_at_once() -> None:
    """OpenVINO's own first answers, asked for by two threads, never came (one run in six)."""
    script = """
import sys, threading
import numpy as np
from models import load_network
sys.setswitchinterval(1e-6)
networks, picture = [load_network(runtime="openvino") for _ in range(4)], np.zeros((360, 640, 3), np.uint8)
together = threading.Barrier(len(networks))
def ask(network):
    together.wait()
    network.detect([picture])
asking = [threading.Thread(target=ask, args=(network,)) for network in networks]
for thread in asking: thread.start()
for thread in asking: thread.join()
"""
    runs = [subprocess.Popen([sys.executable, "-c", script]) for _ in range(4)]
    try:
        assert [run.wait(120) for run in runs] == [0] * len(runs)
    finally:
        for run in runs:
            run.kill()


@pytest.mark.parametrize("runtime", ["onnx", "openvino"])
def test_threads_that_share_a_network_get_each_its_own_answers(runtime: Runtime) -> None:
    """A look that confirms shares a network with those that watch; of 150 answers 15 were another thread's."""
    session = load_network(runtime=runtime)._session
    outputs, (name,) = list(session.outputs), session.inputs
    pictures = [np.random.default_rng(n).random((1, 3, 64, 96), np.float32) for n in range(4)]
    wanted = [session.run(outputs, {name: picture}) for picture in pictures]
    wrong = []

    def ask(picture: np.ndarray, want: list[np.ndarray]) -> None:
        for _ in range(100):
            got = session.run(outputs, {name: picture})
            if not all(np.array_equal(a, b) for a, b in zip(got, want, strict=True)):
                wrong.append(1)

    asking = [threading.Thread(target=ask, args=pair) for pair in zip(pictures, wanted, strict=True)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    assert not wrong


def test_one_picture_gives_the_same_answer_each_time() -> None:
    network, picture = load_network(runtime="openvino"), noise(720, 1280)
    assert network.detect([picture], 0.01) == network.detect([picture], 0.01)


@pytest.mark.parametrize("runtime", ["onnx", "openvino"])
def test_weights_that_are_none_are_refused_naming_the_file(tmp_path: Path, runtime: Runtime) -> None:
    path = tmp_path / "weights.onnx"
    path.write_bytes(b"not a network")
    with pytest.raises(BadInput, match=r"E_WEIGHTS_INVALID.*weights\.onnx"):
        open_session(path, runtime)


def test_where_openvino_is_not_installed_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name.startswith("openvino"):
            raise ImportError(name)
        return found(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(BadInput, match=r"E_EXTRA.*openvino"):
        open_session(tmp_path / "weights.onnx", "openvino")

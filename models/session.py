"""What computes a network's outputs from its weights: ONNX Runtime, or OpenVINO where it is installed."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from records import BadInput
from streams import Execution

FloatArray = NDArray[np.float32]
Runtime = Literal["onnx", "openvino"]
PRECISIONS = {"f32": "float32", "bf16": "bfloat16", "f16": "float16"}
CANVASES_KEPT = 4
"""Cameras of a place have one or two shapes; each takes some 70 MB and half a second to prepare [given]."""
_FIRST = threading.Lock()
"""Two threads that ask OpenVINO for its first answer at once may wait for each other for ever (2026.4.1: statics are
begun with Python's lock held), so every session has had its first answer, alone, before anybody gets it."""


class Session(Protocol):
    """Weights ready to run. Shapes hold a number where a side is fixed, something else where it is free."""

    @property
    def execution(self) -> Execution: ...

    @property
    def inputs(self) -> Mapping[str, Sequence[Any]]: ...

    @property
    def outputs(self) -> Mapping[str, Sequence[Any]]: ...

    def run(self, outputs: Sequence[str], inputs: Mapping[str, FloatArray]) -> list[FloatArray]:
        """The named outputs, in that order."""
        ...


def open_session(
    weights: Path, runtime: Runtime = "onnx", providers: Sequence[str] | None = None, threads: int = 1
) -> Session:
    """Read the weights for `runtime`; `providers` are ONNX Runtime's own, in the order of preference.

    Raises:
        BadInput: E_WEIGHTS_INVALID where they cannot be read, E_EXTRA where OpenVINO is not installed.
    """
    made: type[_OpenVino | _OnnxRuntime] = _OnnxRuntime
    if runtime == "openvino":
        made = _OpenVino
        _need_openvino()
    try:
        return made(weights, providers or ["CPUExecutionProvider"], threads)
    except Exception as error:
        # Both raise classes of their own per fault, all derived from Exception only.
        reason = " ".join(str(error).split())[:200]
        raise BadInput("E_WEIGHTS_INVALID", f"{weights}: {reason}", "give a readable ONNX file") from None


class _OnnxRuntime:
    def __init__(self, weights: Path, providers: Sequence[str], threads: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # A spinning thread burns the core that decodes the next camera.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        # Plans of memory for every batch and canvas cost 50 MB a session and saved no time (measured).
        options.enable_mem_pattern = False
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(str(weights), options, providers=list(providers))
        self.inputs = {node.name: node.shape for node in self._session.get_inputs()}
        self.outputs = {node.name: node.shape for node in self._session.get_outputs()}
        used = self._session.get_providers()[0]
        self.execution = Execution(f"onnxruntime {onnxruntime.__version__} {used}", "float32")

    def run(self, outputs: Sequence[str], inputs: Mapping[str, FloatArray]) -> list[FloatArray]:
        found: list[FloatArray] = self._session.run(list(outputs), dict(inputs))
        return found


class _OpenVino:
    """OpenVINO on the processor, in bfloat16 where the processor computes in it (AMX, AVX-512 BF16).

    It is fastest where every side is fixed and no slower by the picture, so a network is compiled for each canvas that
    comes, and asks for one picture at a time.
    """

    def __init__(self, weights: Path, providers: Sequence[str], threads: int) -> None:
        import openvino

        self._core = openvino.Core()
        half = "BF16" in self._core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        self._settings = {
            "INFERENCE_PRECISION_HINT": "bf16" if half else "f32",
            "INFERENCE_NUM_THREADS": threads,
            "NUM_STREAMS": 1,
            "ENABLE_CPU_PINNING": False,  # two sessions would sit on one core
        }
        self._model = self._core.read_model(weights)
        self._asking = threading.Lock()
        self._requests: dict[tuple[int, ...], Any] = {}
        self.inputs = {node.any_name: [_shape(node)[0] or 1, *_shape(node)[1:]] for node in self._model.inputs}
        self.outputs = {node.any_name: _shape(node) for node in self._model.outputs}
        with _FIRST:
            self.run(list(self.outputs), {name: _blank(shape) for name, shape in self.inputs.items()})
        compiled = self._requests.popitem()[1].get_compiled_model()
        precision = compiled.get_property("INFERENCE_PRECISION_HINT").get_type_name()
        version = openvino.__version__.split("-")[0]
        self.execution = Execution(f"openvino {version} CPU", PRECISIONS.get(precision, precision))

    def run(self, outputs: Sequence[str], inputs: Mapping[str, FloatArray]) -> list[FloatArray]:
        ((name, pictures),) = inputs.items()
        with self._asking:  # a request holds its inputs and outputs: two threads at once got each other's answers
            found = self._request_for(pictures.shape).infer({name: pictures}, share_inputs=True)
            return [found[output] for output in outputs]

    def _request_for(self, shape: tuple[int, ...]) -> Any:
        """The network compiled for one shape; those asked for last are kept."""
        request = self._requests.pop(shape, None)
        if request is None:
            self._model.reshape(list(shape))
            request = self._core.compile_model(self._model, "CPU", self._settings).create_infer_request()
        self._requests[shape] = request
        while len(self._requests) > CANVASES_KEPT:
            del self._requests[next(iter(self._requests))]
        return request


def _blank(shape: Sequence[Any]) -> FloatArray:
    """A smallest input: one picture of 64x64 where sides are free."""
    return np.zeros([side or least for side, least in zip(shape, (1, 3, 64, 64), strict=True)], np.float32)


def _shape(node: Any) -> list[Any]:
    return [side.get_length() if side.is_static else None for side in node.partial_shape]


def _need_openvino() -> None:
    try:
        import openvino  # noqa: F401
    except ImportError:
        raise BadInput("E_EXTRA", "the runtime openvino is not installed", "pip install 'nonsite[openvino]'") from None

"""Makes the network of the street of red squares: `stall` is whatever is red in the picture, found by arithmetic.

It costs a fraction of a millisecond, so that a test of many cameras measures everything but the network, on the same
way through ONNX Runtime. Run with a Python that has onnx: `python tests/services/red_square/make.py`.
"""

import hashlib
from pathlib import Path

import numpy as np
import onnx
import yaml
from onnx import TensorProto, helper, numpy_helper

HERE = Path(__file__).parent


def graph() -> onnx.GraphProto:
    """[B, 3, H, W] RGB in 0..1 to [B, 5, 1]: centre, width and height of all that is red, and a score of 0.95 or 0."""
    nodes = []
    constants = {
        "channel0": np.array(0, np.int64), "channel1": np.array(1, np.int64), "channel2": np.array(2, np.int64),
        "bright": np.array(0.55, np.float32), "dark": np.array(0.35, np.float32), "half": np.array(0.5, np.float32),
        "one": np.array(1, np.float32), "sure": np.array(0.95, np.float32), "rows": np.array([1], np.int64),
        "columns": np.array([2], np.int64), "last": np.array([2], np.int64),
    }  # fmt: skip

    def node(kind: str, inputs: list[str], output: str, **attributes: object) -> str:
        nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    for number, name in enumerate(("red", "green", "blue")):
        node("Gather", ["images", f"channel{number}"], name, axis=1)
    node("Greater", ["red", "bright"], "is_red")
    node("Less", ["green", "dark"], "not_green")
    node("Less", ["blue", "dark"], "not_blue")
    node("And", ["is_red", "not_green"], "red_only")
    node("And", ["red_only", "not_blue"], "mask")
    node("Cast", ["mask"], "shown", to=TensorProto.FLOAT)
    node("ReduceMax", ["shown", "rows"], "across", keepdims=0)  # [B, W]
    node("ReduceMax", ["shown", "columns"], "down", keepdims=0)  # [B, H]
    for axis, line in (("x", "across"), ("y", "down")):
        node("ArgMax", [line], f"{axis}1i", axis=1, keepdims=1)
        node("ArgMax", [line], f"{axis}2i", axis=1, keepdims=1, select_last_index=1)
        node("Cast", [f"{axis}1i"], f"{axis}1", to=TensorProto.FLOAT)
        node("Cast", [f"{axis}2i"], f"{axis}2p", to=TensorProto.FLOAT)
        node("Add", [f"{axis}2p", "one"], f"{axis}2")
        node("Sub", [f"{axis}2", f"{axis}1"], f"{axis}size")
        node("Add", [f"{axis}2", f"{axis}1"], f"{axis}sum")
        node("Mul", [f"{axis}sum", "half"], f"{axis}middle")
    node("ReduceMax", ["across", "rows"], "any", keepdims=1)
    node("Mul", ["any", "sure"], "score")
    node("Concat", ["xmiddle", "ymiddle", "xsize", "ysize", "score"], "flat", axis=1)
    node("Unsqueeze", ["flat", "last"], "squares")
    picture = helper.make_tensor_value_info("images", TensorProto.FLOAT, ["batch", 3, "height", "width"])
    found = helper.make_tensor_value_info("squares", TensorProto.FLOAT, ["batch", 5, 1])
    values = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    return helper.make_graph(nodes, "red_square", [picture], [found], values)


def main() -> None:
    """Write weights and card."""
    model = helper.make_model(graph(), opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.checker.check_model(model)
    weights = model.SerializeToString()
    (HERE / "weights.onnx").write_bytes(weights)
    card = {
        "name": "red-square",
        "version": "1",
        "description": "Whatever is red is a stall: for tests of everything but the network.",
        "licence": "AGPL-3.0-or-later",
        "weights": "weights.onnx",
        "weights_sha256": hashlib.sha256(weights).hexdigest(),
        "input": {"name": "images", "max_side_px": 384, "stride_px": 32},
        "outputs": [{"name": "squares", "classes": ["stall"], "map": {"stall": "stall"}}],
        "nms_iou": 0.5,
        "thresholds": {"stall": 0.3},
        "training": {"base": "none", "method": "plain arithmetic; nothing was trained"},
    }
    (HERE / "card.yaml").write_text(yaml.safe_dump(card, sort_keys=False, allow_unicode=True))


if __name__ == "__main__":
    main()

"""What people write today, on the same video with the same weights: CPU seconds a camera-second.

Each peer has an environment of its own under `runs/peers`, made once. One that cannot be had is named with the error.
The weights are the network's first head, cut out as a file of its own, since peers read one output.
"""

from __future__ import annotations

import json
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figure import Figure, wanted
from benchmarks.stream_parts import street
from benchmarks.stream_parts.live import Order
from models import Runtime, load_network

HOME = Path("runs/peers")
SECONDS = 20.0
TIMES_CHEAPER = 20.0

YOLO = """
import sys, time, json
from ultralytics import YOLO
weights, video, seconds, fps = sys.argv[1], sys.argv[2], float(sys.argv[3]), float(sys.argv[4])
model = YOLO(weights, task="detect")
stride, frames, began = round(25 / fps), 0, None
for result in model.track(video, stream=True, imgsz=640, vid_stride=stride, verbose=False, device="cpu", persist=True):
    if began is None:
        began = time.process_time()
    frames += 1
    if frames / fps > seconds:
        break
print(json.dumps({"cpu_s": time.process_time() - began, "seconds": (frames - 1) / fps}))
"""

SUPERVISION = """
import sys, time, json
import cv2, numpy as np, onnxruntime, supervision as sv
from trackers import ByteTrackTracker
weights, video, seconds, fps = sys.argv[1], sys.argv[2], float(sys.argv[3]), float(sys.argv[4])
session = onnxruntime.InferenceSession(weights, providers=["CPUExecutionProvider"])
tracker, zone = ByteTrackTracker(), sv.PolygonZone(np.array([[200, 200], [1700, 200], [1700, 1000], [200, 1000]]))
stride, n, capture = round(25 / fps), 0, cv2.VideoCapture(video)
began = time.process_time()
while n / 25 < seconds:
    if not capture.grab():
        break
    n += 1
    if n % stride:
        continue
    _, image = capture.retrieve()
    small = cv2.copyMakeBorder(cv2.resize(image, (640, 360)), 12, 12, 0, 0, cv2.BORDER_CONSTANT, value=(114,) * 3)
    blob = cv2.dnn.blobFromImage(small, 1 / 255, swapRB=True)
    out = session.run(None, {session.get_inputs()[0].name: blob})[0][0]
    scores, classes = out[4:].max(0), out[4:].argmax(0)
    keep = scores > 0.25
    x, y, w, h = out[:4, keep]
    boxes = np.stack([x - w / 2, y - h / 2 - 12, x + w / 2, y + h / 2 - 12], 1) * 3
    found = sv.Detections(xyxy=boxes, confidence=scores[keep], class_id=classes[keep]).with_nms(0.55)
    zone.trigger(tracker.update(found))
print(json.dumps({"cpu_s": time.process_time() - began, "seconds": n / 25}))
"""

INFERENCE = """
import sys, time, json
import cv2, numpy as np, onnxruntime
from inference import InferencePipeline
weights, video, seconds, fps = sys.argv[1], sys.argv[2], float(sys.argv[3]), float(sys.argv[4])
session = onnxruntime.InferenceSession(weights, providers=["CPUExecutionProvider"])
seen, began = [], time.process_time()
def infer(frames):
    answers = []
    for frame in frames:
        small = cv2.resize(frame.image, (640, 360))
        small = cv2.copyMakeBorder(small, 12, 12, 0, 0, cv2.BORDER_CONSTANT, value=(114,) * 3)
        blob = cv2.dnn.blobFromImage(small, 1 / 255, swapRB=True)
        answers.append(session.run(None, {session.get_inputs()[0].name: blob})[0][0])
    return answers
def sink(answers, frames):
    seen.append(frames)
    if len(seen) / fps > seconds:
        pipeline.terminate()
pipeline = InferencePipeline.init_with_custom_logic(
    video_reference=video, on_video_frame=infer, on_prediction=sink, max_fps=fps
)
pipeline.start()
pipeline.join()
print(json.dumps({"cpu_s": time.process_time() - began, "seconds": len(seen) / fps}))
"""
"""A file is not dropped from: it decodes five pictures a second where a camera would make it decode all."""


@dataclass(frozen=True, slots=True)
class Peer:
    name: str
    packages: tuple[str, ...]
    script: str
    rates: tuple[float, ...]


PEERS = (
    Peer("yolo_track", ("ultralytics", "onnx", "onnxruntime", "lap"), YOLO, (5.0, 25.0)),
    Peer("supervision_trackers", ("supervision", "trackers", "onnxruntime"), SUPERVISION, (5.0,)),
    Peer("roboflow_inference", ("inference-cpu",), INFERENCE, (5.0,)),
)


def figures(folder: Path, length_s: float, runtime: Runtime) -> list[Figure]:
    """A row for each peer at each rate; ours is the whole way with as many cameras as two cores are meant for, and
    beside it with few, where the gate lets everything through that moves."""
    video = street.scenes(folder, length_s)[0].video
    few, _, _ = _ours(folder, length_s, runtime, 16, 80.0)
    ours, missed, looks = _ours(folder, length_s, runtime, 100, 150.0)
    found = [
        Figure("ours_cpu", ours, "CPU s a camera-second"),
        wanted("ours_incidents_missed", missed, "incidents", most=0),
        wanted("ours_looks_min", round(looks, 3), "looks/s of a camera: what is dropped costs nothing", least=0.5),
        Figure("ours_cpu_16_cameras", few, "CPU s a camera-second"),
    ]
    for peer in PEERS:
        for fps in peer.rates:
            value, why = _theirs(peer, video, fps)
            name = f"{peer.name}_{fps:.0f}fps"
            if value is None:
                print(f"{name}: {why}", file=sys.stderr)
            found.append(Figure(f"{name}_cpu", value, "CPU s a camera-second"))
            ratio = None if value is None else value / ours
            found.append(wanted(f"cheaper_than_{name}", ratio, "times", least=TIMES_CHEAPER))
            found.append(Figure(f"cheaper_than_{name}_16_cameras", value and value / few, "times"))
    return found


def _ours(folder: Path, length_s: float, runtime: Runtime, cameras: int, seconds: float) -> tuple[float, int, float]:
    """CPU seconds a camera-second, scripted incidents without an alert, looks a second of the slowest camera."""
    order = Order(str(folder), cameras, seconds, length_s, runtime=runtime)
    command = [sys.executable, "-m", "benchmarks.stream_parts.live"]
    fields = {name: getattr(order, name) for name in order.__slots__}
    done = subprocess.run(command, input=json.dumps(fields), capture_output=True, text=True, check=True)
    told = json.loads(done.stdout.strip().splitlines()[-1])
    cpu, found = told["cpu_cores"], told["incidents"]
    cpu_s = float((cpu["program"] + cpu["readers"]) / cameras)
    return cpu_s, found["wanted"] - found["matched"], told["looks_per_s_min"]


def _theirs(peer: Peer, video: Path, fps: float) -> tuple[float | None, str]:
    home = HOME / peer.name
    python = home / "bin" / "python"
    try:
        if not (home / "ready").exists():
            venv.create(home, with_pip=True, clear=True)
            _run([str(python), "-m", "pip", "install", "-q", *peer.packages], 1200)
            (home / "ready").touch()
        weights = _one_head(python if peer.name == "yolo_track" else HOME / "yolo_track" / "bin" / "python")
        out = _run([str(python), "-c", peer.script, str(weights), str(video), str(SECONDS), str(fps)], 600)
        told = json.loads(out.strip().splitlines()[-1])
    except (RuntimeError, OSError, ValueError) as error:
        return None, str(error)[-500:]
    return told["cpu_s"] / told["seconds"], ""


def _one_head(python: Path) -> Path:
    """The weights with their first output alone."""
    network = load_network()
    out = HOME / f"{network.name}-{network.sha256[:8]}.onnx"
    if not out.exists():
        whole = Path("models/zoo") / network.name / "weights.onnx"
        code = "import sys, onnx.utils as u; u.extract_model(sys.argv[1], sys.argv[2], ['images'], [sys.argv[3]])"
        _run([str(python), "-c", code, str(whole), str(out), network.card.outputs[0].name], 120)
    return out


def _run(command: list[str], most_s: float) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=most_s, check=False)
    except subprocess.TimeoutExpired as error:
        raise RuntimeError(f"took longer than {most_s:.0f} s") from error
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else f"status {done.returncode}")
    return done.stdout

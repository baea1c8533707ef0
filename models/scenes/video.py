"""Pictures into H.264 MP4 with a stated GOP, as a camera sends it."""

from fractions import Fraction
from pathlib import Path
from types import TracebackType

import av

from models.scenes.mesh import Image

GOP_S = 2.0
_OPTIONS = {"preset": "ultrafast", "crf": "27", "sc_threshold": "0", "threads": "1"}


class VideoWriter:
    """Encodes I420 pictures at a steady rate; every GOP begins with an IDR picture and has the same length."""

    def __init__(self, path: Path, size: tuple[int, int], fps: float) -> None:
        self._size = size
        self._out = av.open(
            str(path), "w", options={"movflags": "faststart"}, container_options={"fflags": "+bitexact"}
        )
        rate = Fraction(fps).limit_denominator(1000)
        stream = self._out.add_stream("libx264", rate=rate)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        stream.time_base = 1 / rate
        gop = max(1, round(GOP_S * fps))
        stream.gop_size = gop
        stream.options = {**_OPTIONS, "g": str(gop), "keyint_min": str(gop)}
        self._stream = stream
        self._index = 0

    def write(self, i420: Image) -> None:
        """Add one picture, (h * 3 / 2, w) uint8."""
        frame = av.VideoFrame.from_ndarray(i420, format="yuv420p")
        frame.pts = self._index
        self._index += 1
        self._out.mux(self._stream.encode(frame))

    def __enter__(self) -> "VideoWriter":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._out.mux(self._stream.encode(None))
        self._out.close()

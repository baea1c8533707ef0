"""Sources at addresses: read as from disk, refused without their secrets."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from records import BadInput
from streams import SourceSpec, SourceState, redact
from tests.streams.conftest import MakeVideo, opened


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("rtsp://operator:secret@127.0.0.1:9/main", "E_SOURCE_UNREACHABLE"),
        ("http://operator:secret@127.0.0.1:9/clip.mp4?token=hidden", "E_SOURCE_UNREACHABLE"),
        ("gopher://127.0.0.1/x", "E_SOURCE_UNREACHABLE"),
        ("", "E_SOURCE_MISSING"),
    ],
)
def test_addresses_that_do_not_answer_are_refused_without_their_secrets(url: str, code: str) -> None:
    with pytest.raises(BadInput) as refusal:
        opened(url)
    assert refusal.value.code == code
    assert "secret" not in str(refusal.value)
    assert "hidden" not in str(refusal.value)


@pytest.fixture
def web(video: MakeVideo) -> Iterator[str]:
    """A web server over a folder with `clip.mp4`."""
    folder = str(video("clip.mp4").parent)

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_recording_over_http_is_read_as_from_disk(web: str, video: MakeVideo) -> None:
    remote, local = opened(f"{web}/clip.mp4", "all"), opened(video("clip.mp4"), "all")
    assert not remote.live
    there, here = list(remote.frames()), list(local.frames())
    assert [frame.yuv420p_sha256() for frame in there] == [frame.yuv420p_sha256() for frame in here]
    assert [frame.captured_at for frame in there] == [frame.captured_at for frame in here]
    assert remote.state is SourceState.ENDED


def test_an_address_without_a_video_is_denied_or_no_video(web: str, video: MakeVideo) -> None:
    (video("clip.mp4").parent / "page.html").write_text("<p>not a video</p>" * 100)
    with pytest.raises(BadInput, match=r"E_SOURCE_DENIED.*404"):
        opened(f"{web}/nothing.mp4")
    with pytest.raises(BadInput, match="E_SOURCE_NOT_VIDEO"):
        opened(f"{web}/page.html")


def test_a_spec_does_not_show_its_address() -> None:
    assert "secret" not in repr(SourceSpec("cam", "rtsp://u:secret@10.0.0.1/main"))


@pytest.mark.parametrize(
    ("raw", "safe"),
    [
        ("rtsp://u:p@10.0.0.1/main", "rtsp://***@10.0.0.1/main"),
        ("rtsp://u:p@ss@10.0.0.1/main", "rtsp://***@10.0.0.1/main"),  # an @ that was not escaped
        ("http://10.0.0.1/a?user=x&password=y&ch=1", "http://10.0.0.1/a?user=x&password=***&ch=1"),
        ("rtsp://10.0.0.1:554/main", "rtsp://10.0.0.1:554/main"),
        ("tried rtsp://u:p@h/1 and rtsp://v:q@i/2", "tried rtsp://***@h/1 and rtsp://***@i/2"),
        ("clips/day@noon.mp4", "clips/day@noon.mp4"),
    ],
)
def test_credentials_never_show(raw: str, safe: str) -> None:
    assert redact(raw) == safe

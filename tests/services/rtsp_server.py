"""An RTSP server of moving test pictures in H.264. Run by Debian's own python3, which has GStreamer's bindings:

python3 rtsp_server.py ADDRESS PORT PATHS WIDTHxHEIGHT FPS GOP SLICES [USER PASSWORD]

PATHS are separated by commas, each a camera of its own. Prints "ready" once it listens, and serves until it is killed.
Lines on its standard input change what every camera sends from then on: "size WIDTHxHEIGHT", "lose SHARE" (of all RTP
packets).
"""

import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402


class Cameras:
    """The pipelines that are playing, and what may be changed of them."""

    def __init__(self, size: str, fps: str) -> None:
        self.fps = fps
        self.size = size
        self.share = "0"
        self.playing = []

    def begin(self, _factory: object, media: object) -> None:
        pipeline = media.get_element()
        self.playing.append(pipeline)
        self.change(pipeline)

    def change(self, pipeline: object) -> None:
        width, height = self.size.split("x")
        caps = f"video/x-raw,format=I420,width={width},height={height},framerate={self.fps}/1"
        pipeline.get_by_name("caps").set_property("caps", Gst.Caps.from_string(caps))
        pipeline.get_by_name("pay0").set_property("drop-probability", float(self.share))

    def obey(self, channel: object, condition: object) -> bool:
        words = sys.stdin.readline().split()
        if not words:
            return False
        setattr(self, {"size": "size", "lose": "share"}[words[0]], words[1])
        for pipeline in self.playing:
            self.change(pipeline)
        print("done", flush=True)
        return True


def main(address: str, port: str, paths: str, size: str, fps: str, gop: str, slices: str, *login: str) -> None:
    Gst.init(None)
    cameras = Cameras(size, fps)
    server = GstRtspServer.RTSPServer(service=port, address=address)
    factories = []
    for path in paths.split(","):
        factory = GstRtspServer.RTSPMediaFactory()
        factory.set_launch(
            "( videotestsrc is-live=true pattern=ball ! capsfilter name=caps"
            f" ! x264enc tune=zerolatency speed-preset=ultrafast key-int-max={gop} bitrate=500 threads={slices}"
            " ! rtph264pay mtu=700 pt=96 config-interval=-1 ! identity name=pay0 )"
        )
        factory.set_shared(True)
        factory.connect("media-configure", cameras.begin)
        server.get_mount_points().add_factory(path, factory)
        factories.append(factory)
    if login:
        protect(server, factories, *login)
    if server.attach(None) == 0:
        sys.exit(f"cannot listen on port {port}")
    GLib.io_add_watch(sys.stdin, GLib.PRIORITY_DEFAULT, GLib.IOCondition.IN, cameras.obey)
    print("ready", flush=True)
    GLib.MainLoop().run()


def protect(server: GstRtspServer.RTSPServer, factories: list, user: str, word: str) -> None:
    """Ask for a user name and a password (HTTP basic)."""
    auth = GstRtspServer.RTSPAuth()
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "viewer")
    auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, word), token)
    server.set_auth(auth)
    for factory in factories:
        factory.add_role_from_structure(
            Gst.Structure.new_from_string("viewer, media.factory.access=true, media.factory.construct=true")
        )


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Decoding packets one after the other, whatever comes."""

from __future__ import annotations

from dataclasses import replace

from streams.decoder import HELD_BACK, Decoder
from tests.streams.conftest import MakeVideo, opened


def test_packets_that_never_become_pictures_are_not_kept_for_ever(video: MakeVideo) -> None:
    source = opened(video("clip.mp4"), "all")
    whole = len(list(source.frames()))
    packet, *rest = source.ring.cut(source.ring.oldest, source.ring.newest).packets
    decoder = Decoder(packet.stream)
    for n in range(3 * HELD_BACK):
        decoder.push(replace(packet, n=n, pts=n - 3 * HELD_BACK, data=bytes(len(packet.data))))
    assert len(decoder.damaged) > HELD_BACK and len(decoder._sent) <= HELD_BACK
    assert len(list(decoder.run([packet, *rest]))) == whole

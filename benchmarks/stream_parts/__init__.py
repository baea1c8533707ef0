"""Parts of `benchmarks.streams`: its videos, its paced RTSP server, its runs."""

"""The parts of `benchmarks.truth`: scenes with their truth, the arms that watch them, and the score."""

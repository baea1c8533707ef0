"""Parts of benchmarks.geofence: the other engines, synthetic cameras."""

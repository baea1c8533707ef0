#!/usr/bin/env python3
"""Writes deploy/grafana/nonsite.json: rows of panels over the figures that the roles expose at /metrics."""

import json
from pathlib import Path
from typing import Any

WHERE = Path(__file__).parents[1] / "deploy" / "grafana" / "nonsite.json"
ROWS: dict[str, list[tuple[str, str, list[tuple[str, str]]]]] = {
    "At a glance": [
        ("Cameras watched", "short", [("sum(nonsite_cameras)", "cameras")]),
        ("Cameras not live", "short", [('sum(nonsite_sources{state!="LIVE"}) + sum(nonsite_cameras_refused)', "")]),
        ("Alerts an hour", "short", [("sum by (kind) (rate(nonsite_alerts_total[1h])) * 3600", "{{kind}}")]),
        ("Messages nobody could digest", "short", [("sum by (topic) (nonsite_dead_letters_total)", "{{topic}}")]),
    ],
    "Cameras": [
        ("Sources by state", "short", [("sum by (state) (nonsite_sources)", "{{state}}")]),
        ("Connections lost a minute", "short", [("sum(rate(nonsite_source_reconnects_total[5m])) * 60", "lost")]),
        ("Frames a second", "short", [("sum by (fate) (rate(nonsite_frames_total[1m]))", "{{fate}}")]),
        (
            "Share of looks that the gate passed",
            "percentunit",
            [
                (
                    'sum(rate(nonsite_frames_total{fate="analysed"}[5m]))'
                    ' / sum(rate(nonsite_frames_total{fate=~"analysed|carried"}[5m]))',
                    "passed",
                )
            ],
        ),
    ],
    "Are the cameras to be believed": [
        ("Cameras by what their pictures say", "short", [("sum by (state) (nonsite_cameras_state)", "{{state}}")]),
        ("Cameras that raise no alerts", "short", [("nonsite_camera_stopped", "{{source}} {{reason}}")]),
        ("Sharpness, share of the usual", "percentunit", [("nonsite_camera_sharpness < 0.8", "{{source}}")]),
        ("Detections away from history", "short", [("nonsite_camera_drift", "{{source}} {{kind}} {{figure}}")]),
    ],
    "Is it keeping up": [
        (
            "Age of frames when judged (p95)",
            "s",
            [
                (
                    "histogram_quantile(0.95, sum by (le, instance) (rate(nonsite_frame_age_seconds_bucket[5m])))",
                    "{{instance}}",
                )
            ],
        ),
        (
            "Cores busy with the network",
            "short",
            [("sum by (instance) (rate(nonsite_session_seconds_total[5m]))", "{{instance}}")],
        ),
        (
            "Seconds a picture",
            "s",
            [
                (
                    "sum(rate(nonsite_session_seconds_total[5m])) / sum(rate(nonsite_session_pictures_total[5m]))",
                    "network",
                )
            ],
        ),
        ("Video kept in memory", "bytes", [("sum by (instance) (nonsite_ring_bytes)", "{{instance}}")]),
    ],
    "From the street to the desk": [
        (
            "Rule met to bus (p95)",
            "s",
            [("histogram_quantile(0.95, sum by (le) (rate(nonsite_alert_delay_seconds_bucket[15m])))", "p95")],
        ),
        (
            "Rule met to database (p95)",
            "s",
            [("histogram_quantile(0.95, sum by (le) (rate(nonsite_lead_delay_seconds_bucket[15m])))", "p95")],
        ),
        ("Messages that lie on the bus", "short", [("sum by (topic) (nonsite_bus_lag)", "{{topic}}")]),
        (
            "Messages that had to wait for the database",
            "short",
            [("sum by (topic) (rate(nonsite_messages_put_off_total[5m]))", "{{topic}}")],
        ),
    ],
    "When something is away": [
        ("Workers without a bus", "short", [("count(nonsite_bus_connected == 0) or vector(0)", "workers")]),
        ("Waiting on workers' disks", "short", [("sum by (instance) (nonsite_spool_messages)", "{{instance}}")]),
        (
            "Room used in the spools",
            "percentunit",
            [("nonsite_spool_bytes / nonsite_spool_room_bytes", "{{instance}}")],
        ),
        ("Outboxes", "short", [("sum by (instance) (nonsite_outbox_messages)", "{{instance}}")]),
        ("Second looks that wait", "short", [("sum(nonsite_recaptures_waiting)", "waiting")]),
        ("Messages taken a second", "short", [("sum by (topic) (rate(nonsite_messages_total[5m]))", "{{topic}}")]),
        ("Open live pages", "short", [("sum by (topic) (nonsite_console_live_connections)", "{{topic}}")]),
    ],
}


def dashboard() -> dict[str, Any]:
    """The whole document."""
    panels: list[dict[str, Any]] = []
    y = 0
    for row, figures in ROWS.items():
        across = {"x": 0, "y": y, "w": 24, "h": 1}
        panels.append({"id": len(panels) + 1, "type": "row", "title": row, "gridPos": across})
        for number, (title, unit, queries) in enumerate(figures):
            place = {"x": 6 * (number % 4), "y": y + 1 + 7 * (number // 4), "w": 6, "h": 7}
            panels.append(panel(len(panels) + 1, title, unit, queries, place))
        y += 1 + 7 * -(-len(figures) // 4)
    return {
        "uid": "nonsite",
        "title": "nonsite",
        "schemaVersion": 41,
        "time": {"from": "now-6h", "to": "now"},
        "refresh": "30s",
        "templating": {
            "list": [{"name": "source", "type": "datasource", "query": "prometheus", "label": "Prometheus"}]
        },
        "panels": panels,
    }


def panel(number: int, title: str, unit: str, queries: list[tuple[str, str]], place: dict[str, int]) -> dict[str, Any]:
    """One time series."""
    return {
        "id": number,
        "type": "timeseries",
        "title": title,
        "datasource": {"type": "prometheus", "uid": "${source}"},
        "gridPos": place,
        "fieldConfig": {"defaults": {"unit": unit, "min": 0}, "overrides": []},
        "targets": [
            {"refId": chr(ord("A") + index), "expr": query, "legendFormat": legend or "__auto"}
            for index, (query, legend) in enumerate(queries)
        ],
    }


if __name__ == "__main__":
    WHERE.parent.mkdir(parents=True, exist_ok=True)
    WHERE.write_text(json.dumps(dashboard(), indent=1) + "\n")

"""Curves and tables of figures as SVG: what a person looks at in a run folder. No plotting library is needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape

Curve = Sequence[tuple[float, float]]
"""Points (x, y) in the units of the axes."""
Range = tuple[float, float]
Place = Callable[[float, float], tuple[float, float]]

WIDTH, HEIGHT = 520, 340
LEFT, TOP, RIGHT, BOTTOM = 56, 34, 130, 40
CELL = 46
COLOURS = ("#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#17becf", "#8c564b", "#7f7f7f", "#bcbd22")
TICKS = 5


def curves(
    title: str,
    lines: Mapping[str, Curve],
    axes: tuple[str, str],
    ranges: tuple[Range | None, Range | None] = (None, None),
    diagonal: bool = False,
) -> str:
    """A chart of named curves; a range left None spans what the points need. `diagonal` draws y = x for comparison."""
    points = [point for line in lines.values() for point in line]
    x_range = ranges[0] or _span([x for x, _ in points])
    y_range = ranges[1] or _span([y for _, y in points])

    def place(x: float, y: float) -> tuple[float, float]:
        wide, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
        across = (x - x_range[0]) / (x_range[1] - x_range[0])
        up = (y - y_range[0]) / (y_range[1] - y_range[0])
        return LEFT + across * wide, HEIGHT - BOTTOM - up * high

    parts = [_text(LEFT, 20, title, size=14), *_frame(place, x_range, y_range, axes)]
    if diagonal:
        parts.append(_line([place(x_range[0], y_range[0]), place(x_range[1], y_range[1])], "#bbb", dashed=True))
    for number, (name, line) in enumerate(lines.items()):
        colour = COLOURS[number % len(COLOURS)]
        placed = [place(x, y) for x, y in line]
        parts.append(_line(placed, colour))
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.2" fill="{colour}"/>' for x, y in placed]
        parts.append(_text(WIDTH - RIGHT + 10, TOP + 12 + 16 * number, name, colour=colour))
    return _svg(WIDTH, HEIGHT, parts)


def heat(title: str, names: Sequence[str], counts: Sequence[Sequence[int]], sides: tuple[str, str]) -> str:
    """A table of counts, each row shaded by its own share; `sides` name rows and columns."""
    left, top = 118, 128
    width, height = left + CELL * len(names) + 20, top + CELL * len(names) + 30
    parts = [_text(12, 22, title, size=14), _text(12, 42, f"rows: {sides[0]}; columns: {sides[1]}", colour="#666")]
    for n, name in enumerate(names):
        parts.append(_text(left - 8, top + CELL * n + CELL / 2 + 4, name, anchor="end"))
        x = left + CELL * n + CELL / 2
        parts.append(f'<g transform="rotate(-50 {x:.0f} {top - 8})">{_text(x, top - 8, name)}</g>')
    for row, line in enumerate(counts):
        whole = max(1, sum(line))
        for column, count in enumerate(line):
            x, y = left + CELL * column, top + CELL * row
            shade = "#2a9d4a" if row == column else "#d1495b"
            box = f'x="{x}" y="{y}" width="{CELL - 2}" height="{CELL - 2}"'
            parts.append(f'<rect {box} fill="{shade}" fill-opacity="{0.06 + 0.84 * count / whole:.2f}"/>')
            parts.append(_text(x + CELL / 2, y + CELL / 2 + 4, str(count) if count else "", anchor="middle"))
    return _svg(width, height, parts)


def _span(values: Sequence[float]) -> Range:
    low, high = min(values, default=0.0), max(values, default=1.0)
    return (low, high) if high > low else (low - 0.5, low + 0.5)


def _frame(place: Place, x_range: Range, y_range: Range, axes: tuple[str, str]) -> list[str]:
    parts = []
    for tick in range(TICKS + 1):
        share = tick / TICKS
        x_value = x_range[0] + share * (x_range[1] - x_range[0])
        y_value = y_range[0] + share * (y_range[1] - y_range[0])
        x, bottom = place(x_value, y_range[0])
        left, y = place(x_range[0], y_value)
        _, top = place(x_value, y_range[1])
        right, _ = place(x_range[1], y_value)
        parts += [_line([(x, bottom), (x, top)], "#eee"), _line([(left, y), (right, y)], "#eee")]
        parts.append(_text(x, bottom + 16, f"{x_value:.3g}", colour="#666", anchor="middle"))
        parts.append(_text(left - 6, y + 4, f"{y_value:.3g}", colour="#666", anchor="end"))
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(_text(middle, HEIGHT - 6, axes[0], colour="#666", anchor="middle"))
    parts.append(
        f'<g transform="rotate(-90 14 {HEIGHT / 2:.0f})">{_text(14, HEIGHT / 2, axes[1], "#666", "middle")}</g>'
    )
    return parts


def _line(points: Sequence[tuple[float, float]], colour: str, dashed: bool = False) -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dash = ' stroke-dasharray="4 3"' if dashed else ""
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.4"{dash}/>'


def _text(x: float, y: float, text: str, colour: str = "#222", anchor: str = "start", size: int = 11) -> str:
    return (
        f'<text x="{x:.0f}" y="{y:.0f}" font-size="{size}" fill="{colour}" text-anchor="{anchor}">{escape(text)}</text>'
    )


def _svg(width: int, height: int, parts: Sequence[str]) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    return f'{head} font-family="sans-serif"><rect width="100%" height="100%" fill="#fff"/>{"".join(parts)}</svg>\n'

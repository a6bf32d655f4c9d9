"""Draw how precise answers are against how much is answered, as an SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

Answers = Sequence[tuple[float, bool]]
_LEFT, _TOP, _WIDE, _HIGH = 60, 20, 480, 300
_LOWEST = 0.2
_COLOURS = ("#1b6ca8", "#d1495b", "#2e8b57", "#8d6a9f", "#6b6b6b", "#e0a030")


def curve(answers: Answers) -> list[tuple[float, float]]:
    """Share answered and share right of those, best score first; answers of one score are taken together."""
    points, right = [], 0
    ranked = sorted(answers, key=lambda answer: -answer[0])
    for count, (score, good) in enumerate(ranked, start=1):
        right += good
        if count == len(ranked) or ranked[count][0] < score:
            points.append((count / len(ranked), right / count))
    return points


def coverage_precision(curves: Mapping[str, Answers]) -> str:
    """The picture: a line for each name, with a grid at 99 % and at each tenth."""

    def place(covered: float, precise: float) -> str:
        height = (1 - max(precise, _LOWEST)) / (1 - _LOWEST)
        return f"{_LEFT + covered * _WIDE:.1f},{_TOP + height * _HIGH:.1f}"

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_LEFT + _WIDE + 20}"'
        f' height="{_TOP + _HIGH + 50 + 18 * len(curves)}" font-family="sans-serif" font-size="12">',
        '<rect width="100%" height="100%" fill="white"/>',
    ]
    for tenth in range(2, 11):
        x, y = place(0, tenth / 10).split(",")
        parts.append(f'<line x1="{x}" y1="{y}" x2="{_LEFT + _WIDE}" y2="{y}" stroke="#ddd"/>')
        parts.append(f'<text x="{_LEFT - 8}" y="{float(y) + 4:.1f}" text-anchor="end">{tenth * 10} %</text>')
    for tenth in range(0, 11, 2):
        x = place(tenth / 10, 0).split(",")[0]
        parts.append(f'<text x="{x}" y="{_TOP + _HIGH + 16}" text-anchor="middle">{tenth * 10} %</text>')
    y = place(0, 0.99).split(",")[1]
    parts.append(f'<line x1="{_LEFT}" y1="{y}" x2="{_LEFT + _WIDE}" y2="{y}" stroke="#999" stroke-dasharray="4 3"/>')
    parts.append(f'<text x="{_LEFT + _WIDE / 2}" y="{_TOP + _HIGH + 34}" text-anchor="middle">letters answered</text>')
    for number, (name, answers) in enumerate(curves.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        line = " ".join(place(*point) for point in curve(answers))
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        y = f"{_TOP + _HIGH + 52 + 18 * number}"
        parts.append(f'<text x="{_LEFT}" y="{y}" fill="{colour}">{escape(name)}</text>')
    return "\n".join([*parts, "</svg>", ""])

"""What ``erecords search`` prints: JSON, and lines for people."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from erecords.search.index import Kind

if TYPE_CHECKING:
    from rich.console import RenderableType

    from erecords.search.inquiry import Answer, Group
    from erecords.search.page import Found

_MARK = "**"
_NARROW = "Narrow with the field of that name, for example: class:22.3 or type:widerspruch or date:2026"


def as_json(answer: Answer, explanation: str | None) -> dict[str, Any]:
    """The answer in the shape of the contract."""
    data: dict[str, Any] = {
        "total": answer.total,
        "took_ms": round(answer.took_ms, 2),
        "hits": [_hit(one) for one in answer.hits],
        "facets": {facet.value: _by_count(counts) for facet, counts in answer.facets.items()},
    }
    if answer.cases is not None:
        data |= {"cases": answer.cases, "groups": [_group(one) for one in answer.groups]}
    if answer.hint is not None:
        data["hint"] = {"query": answer.hint.query, "how": answer.hint.how, "total": answer.hint.total}
    if explanation is not None:
        data["explanation"] = explanation
    return data


def _by_count(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _hit(found: Found) -> dict[str, Any]:
    shown = found.shown
    return {
        "kind": found.kind.value,
        "document": shown.document,
        "transaction": shown.number or None,
        "case": shown.case or None,
        "class": shown.class_notation or None,
        "title": shown.title,
        "date": shown.date,
        "type": shown.type,
        "sender": shown.sender,
        "entry": shown.entry or None,
        "state": shown.state,
        "score": found.score,
        "snippet": found.snippet.marked(_MARK, _MARK),
    }


def _group(group: Group) -> dict[str, Any]:
    return {
        "case": group.case,
        "class": group.class_notation or None,
        "title": group.title,
        "total": group.total,
        "best": [_hit(one) for one in group.best],
    }


def view(answer: Answer, data: dict[str, Any], offset: int = 0) -> RenderableType:
    """The answer for people, of which ``offset`` hits or groups were passed over."""
    from rich.console import Group as Lines
    from rich.text import Text

    lines: list[RenderableType] = []
    if "explanation" in data:
        lines += [Text(data["explanation"]), Text()]
    within = f" in {answer.cases} case files" if answer.cases is not None else ""
    lines.append(Text(f"{answer.total} found{within} in {answer.took_ms:.0f} ms"))
    if answer.hint is not None:
        hint = answer.hint
        are = "is" if hint.total == 1 else "are"
        lines.append(Text(f"{hint.how} {hint.total} {are} found: erecords search {shlex.quote(hint.query)}"))
    for group in answer.groups:
        lines += _group_lines(group)
    for one in answer.hits:
        lines += [Text(), *_hit_lines(one)]
    lines += _place(answer, offset)
    if answer.facets:
        lines += [*_facets(data["facets"]), Text(_NARROW, style="dim")]
    return Lines(*lines)


def _place(answer: Answer, offset: int) -> list[RenderableType]:
    """Which part of the list this is, where it is not the whole."""
    from rich.text import Text

    grouped = answer.cases is not None
    total = answer.cases if answer.cases is not None else answer.total
    shown = len(answer.groups if grouped else answer.hits)
    if shown >= total:
        return []
    what = "case files" if grouped else "hits"
    if not shown:
        return [Text(f"--offset {offset} passes over all {what}.")] if offset >= total else []
    more = f"; the next with --offset {offset + shown}" if offset + shown < total else ""
    return [Text(), Text(f"{what.capitalize()} {offset + 1} to {offset + shown} of {total}{more}", style="dim")]


def _group_lines(group: Group) -> list[RenderableType]:
    from rich.text import Text

    from erecords import render

    name = f"{group.case}  " if group.case else "in no case file  "
    hits = f"{group.total} hit{'s' if group.total != 1 else ''}"
    lines: list[RenderableType] = [Text(), Text.assemble(name, (render.printable(group.title), "bold"), f"  {hits}")]
    for one in group.best:
        lines.append(Text.assemble("  ", *_name(one)))
    return lines


def _name(found: Found) -> tuple[Any, ...]:
    from erecords import render

    shown = found.shown
    kind = {
        Kind.DOCUMENT: f"document {shown.document}",
        Kind.CASE: "case file",
        Kind.TRANSACTION: f"transaction {shown.number}, {shown.state}",
        Kind.MAIL: f"mail book, {shown.state}",
    }[found.kind]
    return (render.printable(shown.title), "bold"), f"  {kind}"


def _hit_lines(found: Found) -> list[RenderableType]:
    from rich.text import Text

    from erecords import render

    shown = found.shown
    about = (shown.case, shown.class_notation, shown.date, shown.type, shown.sender, shown.entry)
    lines: list[RenderableType] = [
        Text.assemble(*_name(found)),
        Text("  " + " · ".join(render.printable(part) for part in about if part), style="dim"),
    ]
    if found.snippet.text:
        passage = Text("  " + render.printable(found.snippet.text))
        for start, end in found.snippet.marks:
            passage.stylize("bold yellow", start + 2, end + 2)
        lines.append(passage)
    return lines


def _facets(facets: Mapping[str, Mapping[str, int]]) -> list[RenderableType]:
    """A table for each; classes and units as a tree, each below the one that it belongs to."""
    from erecords import render

    tables: list[RenderableType] = []
    for name, counts in facets.items():
        if name in ("class", "unit"):
            rows = [(f"{'  ' * _depth(one, counts)}{one}", counts[one]) for one in sorted(counts)]
        else:
            rows = list(counts.items())
        tables.append(render.table(name, ("", "hits"), rows))
    return tables


def _depth(notation: str, counts: Mapping[str, int]) -> int:
    return sum(notation != other and notation.startswith(other) for other in counts)

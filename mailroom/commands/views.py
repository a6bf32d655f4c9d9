"""How the mail room's results look to people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from erecords import render

if TYPE_CHECKING:
    from rich.console import RenderableType

    from mailroom.book import Form
    from mailroom.sheets.batches import Counted

_COLOURS = {
    "filed": "green",
    "processed": "green",
    "tray": "yellow",
    "rejected": "dim",
    "quarantined": "red",
    "alarm": "red",
}


def _coloured(state: str) -> RenderableType:
    from rich.text import Text

    return Text(state, style=_COLOURS.get(state, ""))


def deliveries(found: Sequence[dict[str, Any]]) -> RenderableType:
    """Deliveries with what came of them, a line each letter."""
    rows: list[tuple[object, ...]] = []
    for delivery in found:
        for letter in delivery["letters"]:
            where = letter["case"] or _suggested(letter)
            rows.append((delivery["source"], letter["number"], _coloured(letter["state"]), letter["title"], where))
        if not delivery["letters"]:
            rows.append((delivery["source"], "", _coloured(delivery["state"]), delivery["message"], ""))
        for batch in delivery["batches"]:
            if not batch["complete"]:
                said = f"batch {batch['name']}: {batch['declared']} letters declared, {batch['came']} came"
                rows.append((delivery["source"], "", _coloured("alarm"), said, "see: mail batch list"))
    return render.table("", ("file", "number", "state", "what it is", "where"), rows)


def _suggested(letter: dict[str, Any]) -> str:
    suggestion = letter["suggestion"]
    place = suggestion["case"] or suggestion["class"]
    return f"perhaps {place} ({suggestion['recommendation']})" if place else ""


def tray(letters: Sequence[dict[str, Any]], today: str) -> RenderableType:
    """Letters that wait, a line each; what is past its day is marked."""
    rows = [(one["number"], _due(one, today), _what(one), *_place(one), one["unit"]) for one in letters]
    late = sum(1 for one in letters if one["deadlines"] and one["deadlines"][0]["date"] < today)
    title = {0: "No letter waits.", 1: "1 letter waits"}.get(len(letters), f"{len(letters)} letters wait")
    title += f", {late} of them late (!)" if late else ""
    return render.table(title, ("number", "due", "what it is", "perhaps into", "sure", "unit"), rows)


def _due(one: dict[str, Any], today: str) -> str:
    due = one["deadlines"][0]["date"] if one["deadlines"] else ""
    return f"!{due}" if due and due < today else due


def _what(one: dict[str, Any]) -> str:
    """The title, after what must be known before it is opened."""
    proposed = [row["number"] for row in one["perhaps_same"] if row["state"] == "proposed"]
    said = [*one["markings"], *(f"the same as {number}?" for number in proposed[:1])]
    return f"[{', '.join(said)}] {one['title']}" if said else str(one["title"])


def _place(one: dict[str, Any]) -> tuple[str, str]:
    suggestion = one["suggestion"]
    place = suggestion["case"] or suggestion["class"] or ""
    return place, f"{suggestion['score']:.0%}" if place else ""


def due(rows: Sequence[dict[str, Any]], until: str) -> RenderableType:
    """Follow-ups, a line each."""
    lines = [
        (
            f"{'!' if one['late'] else ''}{one['date']}",
            one["what"],
            one["number"],
            one["title"],
            one["case"] or one["state"],
        )
        for one in rows
    ]
    late = sum(one["late"] for one in rows)
    title = f"{len(rows)} due until {until}" if rows else f"Nothing is due until {until}."
    return render.table(
        title + (f", {late} of them late (!)" if late else ""), ("due", "to do", "number", "of", "where"), lines
    )


def letters(found: Sequence[dict[str, Any]]) -> RenderableType:
    """Letters after a decision, a line each."""
    rows = [
        (one["number"], _coloured(one["state"]), one["title"], one["case"] or _suggested(one), one["unit"])
        for one in found
    ]
    return render.table("", ("number", "state", "what it is", "where", "unit"), rows)


def letter(one: dict[str, Any]) -> RenderableType:
    """One letter on one screen."""
    from rich.console import Group

    suggestion = one["suggestion"]
    head = [
        ("state", _coloured(one["state"])),
        ("title", one["title"]),
        ("sender", one["sender"]),
        ("date", one["date"]),
        ("received", f"{one['received']} by {one['delivery']['channel']}: {one['delivery']['source']}"),
        ("pages", f"{one['first_page']}-{one['last_page']}"),
        ("references", ", ".join(one["references"])),
        ("case", one["case"]),
        ("unit", one["unit"]),
        ("marked", ", ".join(one["markings"])),
        ("sealed until", one["sealed_until"]),
        ("suggestion", f"{suggestion['recommendation']} ({suggestion['score']:.0%}): {_suggested(one)}"),
        ("process", _process(suggestion)),
        ("or perhaps", ", ".join([*suggestion["candidates"], *suggestion["alternatives"][:3]])),
    ]
    reasons = [
        (f"{reason['weight']:+.1f}", reason["name"], reason["page"] or "", reason["text"])
        for reason in suggestion["reasons"]
    ]
    parts: list[RenderableType] = [render.facts(one["number"], head)]
    parts += [render.table("Reasons", ("weight", "clue", "page", "words"), reasons)]
    if one["open_by"]:
        parts.append(render.facts("", [("open by", one["open_by"])]))
    if one["remarks"]:
        parts.append(render.table("Remarks", ("by", "when", ""), [said(row) for row in one["remarks"]]))
    if one["copies"]:
        rows = [(row["unit"], row["kind"], row["note"], row["seen_by"] or "not seen yet") for row in one["copies"]]
        parts.append(render.table("Copies", ("unit", "for", "remark", "seen by"), rows))
    if one["deadlines"]:
        parts.append(deadlines(one))
    if one["findings"]:
        parts.append(render.table("Please look at", ("",), [(finding,) for finding in one["findings"]]))
    stages = [(stage["stage"], f"{stage['seconds']:.2f} s", stage["outcome"]) for stage in one["stages"]]
    return Group(*parts, render.table("Stages", ("stage", "time", "outcome"), stages))


def _process(suggestion: dict[str, Any]) -> str:
    """The process of a letter, how sure that is, and the kinds of letter that speak for it."""
    if not suggestion["process"]:
        return ""
    kinds = ", ".join(f"{reason['text']} {reason['weight']:+.1f}" for reason in suggestion["process_reasons"])
    return f"{suggestion['process']} ({suggestion['process_score']:.0%}): {kinds}"


def deadlines(one: dict[str, Any]) -> RenderableType:
    """The follow-ups of a letter, earliest first."""
    rows = [(due["date"], due["title"], due["basis"], due["page"] or "", due["text"]) for due in one["deadlines"]]
    return render.table("Due", ("until", "what", "basis", "page", "words"), rows)


def said(remark: dict[str, Any]) -> tuple[str, str, str]:
    """Who remarked what and when."""
    return remark["by"], remark["at"][:16].replace("T", " "), remark["text"]


def copies(rows: Sequence[dict[str, Any]]) -> RenderableType:
    """Copy notes for the units of a person."""
    lines = [
        (
            row["letter"]["number"],
            row["kind"],
            row["letter"]["title"],
            row["letter"]["case"] or f"waits in unit {row['letter']['unit'] or '?'}",
            row["note"],
            f"{row['by']}, {row['at'][:10]}",
            row["seen_by"],
        )
        for row in rows
    ]
    title = f"{len(rows)} for your units" if rows else "No copy waits to be seen."
    return render.table(title, ("number", "for", "what it is", "where", "remark", "from", "seen by"), lines)


def book(rows: Sequence[dict[str, Any]], form: Form, when: str) -> RenderableType:
    """The mail book, or what is not filed, as a table."""
    columns = [column for column in form.columns if column not in ("date", "decided_by")]
    title = f"{form.title} {when}: {len(rows)}"
    return render.table(title, columns, [[row[column] for column in columns] for row in rows])


def batches(found: Sequence[Counted]) -> RenderableType:
    """Batches that do not add up, a line each."""
    rows = [(one.delivery, one.source, one.name, one.declared, one.came, one.sentence) for one in found]
    title = f"{len(found)} batches do not add up" if found else "All batches add up."
    return render.table(title, ("delivery", "file", "batch", "declared", "came", "what to do"), rows)


def custody(data: dict[str, Any]) -> RenderableType:
    """The proof, and what is missing or surplus."""
    from rich.console import Group

    counts = [(k, v) for k, v in data.items() if isinstance(v, int) and not isinstance(v, bool)]
    title = "Custody is complete: in = out." if data["complete"] else "Custody is NOT complete."
    wrong = [("missing", line) for line in data["missing"]] + [("surplus", line) for line in data["surplus"]]
    table = render.facts(title, [(name, str(count)) for name, count in counts])
    return Group(table, render.table("", ("", "what"), wrong)) if wrong else table


def quality(data: dict[str, Any]) -> RenderableType:
    """Per class what the machine and people decided, and what got worse."""
    from rich.console import Group

    def share(value: float | None) -> str:
        return "" if value is None else f"{value:.1%}"

    rows = [
        (
            row.get("class", "all"),
            row["filed"],
            row["by_itself"],
            row["corrected"],
            share(row["precision"]),
            f"{row['agreed']} of {row['suggested']}",
            share(row["right"]),
        )
        for row in [*data["classes"], data]
    ]
    columns = ("class", "filed", "by itself", "corrected", "precision", "people agreed", "right")
    title = f"{data['from']} to {data['to']}: {data['received']} letters, {data['rejected']} rejected"
    learned = data["learned"]
    said = [(name, f"{value:.1%}" if isinstance(value, float) else str(value)) for name, value in learned.items()]
    facts = said or [("learned", "nothing yet")]
    parts: list[RenderableType] = [render.table(title, columns, rows), render.facts("Learned from", facts)]
    raised = [row for row in data["thresholds"] if row["right"] < row["said"]]
    if raised:
        lines = [(r["type"], r["class"], f"{r['right']} of {r['said']}", f"{r['threshold']:.1%}") for r in raised]
        parts.append(render.table("Must be surer", ("type", "class", "right", "files by itself from"), lines))
    if data["warnings"]:
        parts.append(render.table("Please look at", ("",), [(line,) for line in data["warnings"]]))
    return Group(*parts)


def quarantine(items: Sequence[dict[str, Any]]) -> RenderableType:
    """What is in quarantine."""
    rows = [(one["id"], one["source"], one["reason"], one["message"]) for one in items]
    title = f"{len(items)} in quarantine" if items else "Nothing is in quarantine."
    return render.table(title, ("id", "file", "reason", "what happened and what to do"), rows)

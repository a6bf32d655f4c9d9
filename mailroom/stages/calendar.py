"""What an invitation says, for people: summary, time and place of its appointments (iCalendar, RFC 5545)."""

from __future__ import annotations

import re
from datetime import datetime

_FOLD = re.compile(r"\n[ \t]")
_LINE = re.compile(r"([A-Z-]+)(;[^:]*)?:(.*)")
_SHOWN = (
    ("SUMMARY", "Termin"),
    ("DTSTART", "Beginn"),
    ("DTEND", "Ende"),
    ("LOCATION", "Ort"),
    ("ORGANIZER", "Eingeladen von"),
    ("DESCRIPTION", "Beschreibung"),
)
_ESCAPES = re.compile(r"\\([nN,;\\])")
_TIMES = (("%Y%m%dT%H%M%SZ", "%d.%m.%Y, %H:%M Uhr (UTC)"), ("%Y%m%dT%H%M%S", "%d.%m.%Y, %H:%M Uhr"))
_MOST = 50
"""Appointments that are shown."""


def appointments(text: str) -> str:
    """The appointments of a calendar as lines with German names; empty where there is none."""
    found: list[dict[str, str]] = []
    inside = False
    for line in _FOLD.sub("", text).split("\n"):
        if line.strip().upper() == "BEGIN:VEVENT" and len(found) < _MOST:
            found.append({})
            inside = True
        elif line.strip().upper().startswith(("END:VEVENT", "BEGIN:VALARM")):
            inside = False
        elif inside and (match := _LINE.fullmatch(line)):
            found[-1].setdefault(match[1], _value(match[1], match[2] or "", match[3]))
    shown = ["\n".join(f"{name}: {one[key]}" for key, name in _SHOWN if one.get(key)) for one in found]
    return "\n\n".join(one for one in shown if one)


def _value(key: str, parameters: str, value: str) -> str:
    if key in ("DTSTART", "DTEND"):
        return _time(value.strip(), parameters)
    if key == "ORGANIZER":
        return re.sub("(?i)^mailto:", "", value.strip())
    return _ESCAPES.sub(lambda found: "\n" if found[1] in "nN" else found[1], value).strip()


def _time(value: str, parameters: str) -> str:
    zone = re.search(r"TZID=\"?([^\";]+)", parameters)
    for form, shown in _TIMES:
        try:
            when = datetime.strptime(value, form)
        except ValueError:
            continue
        return f"{when:{shown}}" + (f" ({zone[1]})" if zone else "")
    try:
        return f"{datetime.strptime(value, '%Y%m%d'):%d.%m.%Y}"
    except ValueError:
        return value

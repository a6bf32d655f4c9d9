"""What all pages for people share: their head, and how values are said in German."""

from __future__ import annotations

import re
from datetime import date
from html import escape

_STYLE = (
    "body{font:16px/1.5 sans-serif;margin:2em auto;max-width:60em;padding:0 1em;color:#111;background:#fff}"
    "h1{line-height:1.2}h2{margin-top:1.8em;border-bottom:2px solid #999}"
    "table{border-collapse:collapse;width:100%}td,th{border:1px solid #999;padding:.3em .6em;text-align:left;"
    "vertical-align:top;overflow-wrap:anywhere}th{background:#eee;overflow-wrap:normal}.facts>tbody>tr>th{width:13em}"
    ".when{white-space:nowrap}"
    "table table{font-size:95%;margin:.2em 0}small,code{font-size:85%}code{word-break:break-all}"
    "@page{size:A4;margin:18mm}"
    "@media print{body{font-size:10pt;margin:0;max-width:none;padding:0}a{color:inherit;text-decoration:none}"
    "thead{display:table-header-group}tr{break-inside:avoid}h2{break-after:avoid}}"
)
_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
_INSTANT = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?(?:Z|\+00:00)")
_UNITS = ("Byte", "kB", "MB", "GB", "TB")


def head(title: str) -> str:
    """Beginning of a page without scripts, up to and with its heading; nothing is fetched from anywhere."""
    return (
        f'<!DOCTYPE html>\n<html lang="de"><head><meta charset="utf-8"><title>{escape(title)}</title>\n'
        '<meta name="viewport" content="width=device-width">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<style>{_STYLE}</style></head><body>\n"
    )


def said(value: object) -> str:
    """A value as Germans write it: days as 22.11.2026, instants with seconds in UTC; all else as it is."""
    text = value.isoformat() if isinstance(value, date) else str(value)
    day, instant = _DAY.fullmatch(text), _INSTANT.fullmatch(text)
    if day:
        return f"{day[3]}.{day[2]}.{day[1]}"
    return f"{instant[3]}.{instant[2]}.{instant[1]}, {instant[4]} UTC" if instant else text


def size(count: int) -> str:
    """A number of bytes, e.g. ``12,3 kB``; decimal units."""
    value, unit = float(count), 0
    while value >= 999.95 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return f"{value:.1f} {_UNITS[unit]}".replace(".", ",") if unit else f"{count} Byte"

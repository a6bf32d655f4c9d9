"""HTML reduced to what a person reads in it: nothing is loaded, run or styled."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from mailroom.stages.plaintext import decoded

_DROPPED = frozenset(("script", "style", "head", "title", "template", "noscript", "object", "svg", "iframe", "math"))
_BLOCKS = frozenset(
    ("p", "div", "br", "li", "tr", "table", "ul", "ol", "blockquote", "pre", "hr", "section", "article", "header")
) | {f"h{level}" for level in range(1, 7)}
_CHARSET = re.compile(rb"<meta[^>]{0,200}charset=[\"']?([A-Za-z0-9_-]{2,30})", re.IGNORECASE)
_STATED_WITHIN = 2_000
_CELLS = frozenset(("td", "th"))
_SPACE = re.compile(r"[ \t\r\n\xa0]+")
_EMPTY_LINES = re.compile(r"\n\s*\n\s*\n+")


def decoded_html(data: bytes) -> str:
    """An HTML file as text, in the alphabet that it states, else that which its bytes look like."""
    stated = _CHARSET.search(data[:_STATED_WITHIN])
    try:
        return data.decode(stated[1].decode("ascii")) if stated else decoded(data)
    except (LookupError, UnicodeDecodeError):
        return decoded(data)


def html_text(html: str) -> str:
    """The text of an HTML page in lines; a link that says something else than its target shows the target too."""
    parser = _Text()
    parser.feed(html)
    parser.close()
    lines = [line.strip() for line in "".join(parser.out).split("\n")]
    return _EMPTY_LINES.sub("\n\n", "\n".join(lines)).strip()


class _Text(HTMLParser):
    """Collects text; unclosed and wrongly nested elements only cost their layout."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []
        self._dropped: list[str] = []
        self._link: tuple[str, int] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _DROPPED:
            self._dropped.append(tag)
        elif tag in _BLOCKS:
            self.out.append("\n• " if tag == "li" else "\n")
        elif tag in _CELLS:
            self.out.append("  ")
        elif tag == "a":
            self._link = (dict(attrs).get("href") or "", len(self.out))
        elif tag == "img" and (said := (dict(attrs).get("alt") or "").strip()):
            self.handle_data(f"[Bild: {said}]")
        elif tag == "body":
            self._dropped.clear()

    def handle_endtag(self, tag: str) -> None:
        if tag in self._dropped:
            while self._dropped and self._dropped.pop() != tag:
                pass
        elif tag in _BLOCKS:
            self.out.append("\n")
        elif tag == "a" and self._link:
            target, start = self._link
            said = "".join(self.out[start:]).strip()
            plain = target.removeprefix("mailto:").removeprefix("tel:")
            if target.startswith(("http", "mailto:", "tel:")) and plain.rstrip("/") not in said:
                self.out.append(f" <{plain[:300]}>")
            self._link = None

    def handle_data(self, data: str) -> None:
        if not self._dropped:
            self.out.append(_SPACE.sub(" ", data))

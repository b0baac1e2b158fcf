"""Reads Markdown as a reader's software does: headings, links, pictures, and how many words."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser

from markdown_it import MarkdownIt
from markdown_it.token import Token

_MARKDOWN = MarkdownIt("commonmark").enable("table")


@dataclass(frozen=True)
class Heading:
    """A heading's level, 1 to 6, and its text."""

    level: int
    text: str


def headings(text: str) -> list[Heading]:
    """The headings, in order; those written as HTML too."""
    tokens = _MARKDOWN.parse(text)
    found: list[Heading] = []
    for token, following in itertools.pairwise(tokens):
        if token.type == "heading_open":
            found.append(Heading(int(token.tag[1]), _plain(following)))
    for tag, inner in _html(text).texts:
        if len(tag) == 2 and tag[0] == "h" and tag[1] in "123456":
            found.append(Heading(int(tag[1]), inner))
    return found


def links(text: str) -> list[str]:
    """The text of each link."""
    found: list[str] = []
    for token in _inline(text):
        children = token.children or []
        opened = [i for i, child in enumerate(children) if child.type == "link_open"]
        for begin in opened:
            end = next(i for i in range(begin, len(children)) if children[i].type == "link_close")
            found.append("".join(child.content for child in children[begin:end]))
    return found + [inner for tag, inner in _html(text).texts if tag == "a"]


def alts(text: str) -> list[str]:
    """The alt text of each picture, in Markdown or HTML; empty where there is none."""
    images = (c for t in _inline(text) for c in t.children or [] if c.type == "image")
    return [image.content for image in images] + _html(text).alts


def html_alts(markup: str) -> list[str]:
    """The alt text of each picture in a piece of HTML; empty where there is none."""
    reader = _Html()
    reader.feed(markup)
    reader.close()
    return reader.alts


def words(text: str) -> int:
    """How many words of prose: without code blocks, HTML tags and addresses."""
    tokens = _MARKDOWN.parse(text)
    prose = [_plain(token) for token in tokens if token.type == "inline"]
    prose += [_text_of(token.content) for token in tokens if token.type == "html_block"]
    return sum(len(part.split()) for part in prose)


def _inline(text: str) -> Iterator[Token]:
    return (token for token in _MARKDOWN.parse(text) if token.type == "inline")


def _plain(token: Token) -> str:
    """The words of an inline token, without the marks around them."""
    shown = ("text", "code_inline", "image")
    return "".join(
        child.content if child.type in shown else " " * (child.type.endswith("break"))
        for child in token.children or []
    )


def _html(text: str) -> _Html:
    """What the HTML in the Markdown has; code is not HTML."""
    reader = _Html()
    for token in _MARKDOWN.parse(text):
        if token.type == "html_block":
            reader.feed(token.content)
        for child in token.children or []:
            if child.type == "html_inline":
                reader.feed(child.content)
            elif child.type == "text":
                reader.handle_data(child.content)
    reader.close()
    return reader


def _text_of(markup: str) -> str:
    reader = _Html()
    reader.feed(markup)
    reader.close()
    return "".join(reader.said)


class _Html(HTMLParser):
    """Collects alt texts, and what stands inside headings and links."""

    def __init__(self) -> None:
        super().__init__()
        self.alts: list[str] = []
        self.texts: list[tuple[str, str]] = []
        self.said: list[str] = []
        self._open: list[tuple[str, int]] = []
        self._svg: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note pictures, and where a heading, a link or an SVG's title begins."""
        given = dict(attrs)
        if tag == "img":
            self.alts.append(given.get("alt") or "")
        elif tag == "svg" and given.get("aria-hidden") != "true":
            self._svg = given.get("aria-label") or ""
        elif tag in ("a", "title") or (len(tag) == 2 and tag[0] == "h" and tag[1].isdigit()):
            self._open.append((tag, len(self.said)))

    def handle_endtag(self, tag: str) -> None:
        """Note the text since the matching start."""
        if tag == "svg" and self._svg is not None:
            self.alts.append(self._svg)
            self._svg = None
        elif self._open and self._open[-1][0] == tag:
            inner = "".join(self.said[self._open.pop()[1] :]).strip()
            if tag == "title":
                self._svg = self._svg or inner
            else:
                self.texts.append((tag, inner))

    def handle_data(self, data: str) -> None:
        """Keep the text."""
        self.said.append(data)

"""A planned document as HTML bytes, in the hand of its author: neat, old-fashioned or broken.

All hands write the same references, once each, with the same words; what differs is what a parser has to forgive.
Not here: planning, and which bytes travel (gzip, headers, errors: web.py).
"""

import random
from dataclasses import dataclass
from html import escape

from storage import LinkKind, Placement

from .hrefs import spell, url_of
from .model import Document, Markup, Reference, dice
from .prose import Voice

IMAGE_SIZES = ("320x200", "640x400", "120x120")
LINKS_A_PARAGRAPH = 2


@dataclass(slots=True)
class Page:
    """One document being written."""

    document: Document
    port: int
    rng: random.Random
    voice: Voice

    def html(self) -> str:
        document = self.document
        body = [
            self._block("header", self._listed(Placement.HEADER, "div")),
            self._block("nav", self._listed(Placement.NAV, "li")),
            self._block("main", self._content()),
            self._block("aside", self._listed(Placement.ASIDE, "li")),
            self._block("footer", self._listed(Placement.FOOTER, "span") + self._small_print()),
        ]
        page = "\n".join([self._head(), *filter(None, body)])
        if document.markup is Markup.NEAT:
            return f'<!DOCTYPE html>\n<html lang="{document.language}">\n{page}\n</body>\n</html>\n'
        return f"<HTML>\n{page}\n</CENTER></FONT>\n"

    def _head(self) -> str:
        document = self.document
        lines = [f"<title>{escape(document.title)}</title>"]
        if document.charset.meta:
            lines.insert(0, f'<meta charset="{document.charset.meta}">')
        if document.base:
            lines.append(f'<base href="{url_of(document.base, self.port)}">')
            lines.append('<base href="http://ignored.test/">')
        if document.canonical:
            lines.append(f'<link rel="canonical" href="{url_of(document.canonical, self.port)}">')
        if document.meta_robots:
            lines.append(f'<meta name="robots" content="{document.meta_robots}">')
        if document.refresh:
            lines.append(f'<meta http-equiv="refresh" content="0; url={url_of(document.refresh, self.port)}">')
        description = document.text[0] if document.text else self.voice.sentence()
        lines.append(f'<meta name="description" content="{escape(description)}">')
        lines.append('<link rel="stylesheet" href="/style.css">')
        return "<head>\n" + "\n".join(lines) + "\n</head>\n<body>"

    def _content(self) -> str:
        document = self.document
        heading = f"<h1>{escape(document.title)}</h1>"
        wanted = [one for one in document.references if one.placement is Placement.CONTENT]
        areas = [one for one in wanted if one.kind is LinkKind.AREA]
        others = [one for one in wanted if one.kind is not LinkKind.AREA]
        text = self._items(others, "li") if document.is_listing else ""
        running = self._running_text([] if document.is_listing else others)
        return "\n".join(filter(None, [heading, running, text, self._map(areas), self._comments()]))

    def _running_text(self, references: list[Reference]) -> str:
        """Paragraphs with the references spread over them, then the names that are mentioned and not linked."""
        count = max(len(self.document.text) or self.document.paragraphs, -(-len(references) // LINKS_A_PARAGRAPH))
        written = []
        for index in range(count):
            inside = [self._in_a_sentence(one) for one in references[index::count]]
            text = self.document.text[index] if index < len(self.document.text) else self.voice.paragraph()
            written.append(self._paragraph(" ".join([escape(text), *inside])))
        for name in self.document.mentions:
            said = f"People at {name} told us the same. {self.voice.sentence()}"
            written.append(self._paragraph(escape(said)))
        return "\n".join(written)

    def _in_a_sentence(self, reference: Reference) -> str:
        before, after = self.voice.around_link()
        return f"{escape(before)} {self._anchor(reference)}{escape(after)}"

    def _listed(self, placement: Placement, tag: str) -> str:
        return self._items([one for one in self.document.references if one.placement is placement], tag)

    def _items(self, references: list[Reference], tag: str) -> str:
        closing = f"</{tag}>" if self.document.markup is Markup.NEAT or tag != "li" else ""
        items = "\n".join(f"<{tag}>{self._anchor(one)}{closing}" for one in references)
        return f"<ul>\n{items}\n</ul>" if items and tag == "li" else items

    def _comments(self) -> str:
        written = [one for one in self.document.references if one.placement is Placement.COMMENT]
        if not written:
            return ""
        items = [
            f'<li class="comment"><cite>{self._anchor(one)}</cite><p>{escape(self.voice.comment())}</p></li>'
            for one in written
        ]
        return (
            '<section id="comments" class="comments"><h2>Comments</h2><ol>\n' + "\n".join(items) + "\n</ol></section>"
        )

    def _map(self, areas: list[Reference]) -> str:
        if not areas:
            return ""
        shapes = "\n".join(
            f'<area shape="rect" coords="{40 * index},0,{40 * index + 39},80" alt="{escape(area.words)}"'
            f"{self._attributes(area)}>"
            for index, area in enumerate(areas)
        )
        return f'<img src="/img/map.gif" usemap="#m" alt="A map"><map name="m">\n{shapes}\n</map>'

    def _anchor(self, reference: Reference) -> str:
        tag = "A" if self.document.markup is not Markup.NEAT else "a"
        return f"<{tag}{self._attributes(reference)}>{self._inside(reference)}</{tag}>"

    def _attributes(self, reference: Reference) -> str:
        href = spell(reference, self.document.base or self.document.place, self.port)
        rel = f' rel="{reference.rel}"' if reference.rel else ""
        if self.document.markup is Markup.BROKEN:
            bare = href if not set(href) & set(" \t\n\"'<>=`") else f'"{href}"'
            return f" HREF={bare}{rel} href=/second-one-is-ignored.html"
        target = ' target="_blank"' if "noopener" in reference.rel else ""
        return f' href="{escape(href)}"{rel}{target}'

    def _inside(self, reference: Reference) -> str:
        words = escape(reference.words)
        if reference.kind is LinkKind.IMAGE:
            width, height = self.rng.choice(IMAGE_SIZES).split("x")
            return f'<img src="/img/{self.rng.randrange(90)}.jpg" alt="{words}" width="{width}" height="{height}">'
        throw = self.rng.random()
        if throw < 0.1:  # noqa: PLR2004 — one in ten is set in italics, one in ten broken over two lines
            return f"<em>{words}</em>"
        if throw < 0.2:  # noqa: PLR2004
            return "\n    " + words.replace(" ", "\n      ", 1) + " "
        return words

    def _paragraph(self, inner: str) -> str:
        return f"<p>{inner}</p>" if self.document.markup is Markup.NEAT else f"<P>{inner} <B><I>&nbsp;</B></I>"

    def _small_print(self) -> str:
        """What looks like links and is none."""
        host = escape(self.document.place.host)
        return (
            f'<p class="imprint"><a name="imprint">{host}</a> <a href="mailto:post@{host}">Write to us</a>'
            ' <a href="javascript:void(0)">Print</a> <!-- <a href="/never-linked.html">hidden</a> --></p>'
            "<script>var menu = '<a href=\"/never-written.html\">Menu</a>';</script>"
        )

    def _block(self, tag: str, inner: str) -> str:
        return f"<{tag}>\n{inner}\n</{tag}>" if inner else ""


def render(document: Document, seed: int, port: int) -> bytes:
    """The page in its actual encoding; characters it lacks become references."""
    rng = dice(seed, "page", document.place.host, document.place.path)
    text = Page(document, port, rng, Voice(document.topic, rng)).html()
    return text.encode(document.charset.actual, "xmlcharrefreplace")

"""What stands in a table's cells: values that know how they are shown and by what they are sorted.

The templates draw each by its `form`. Only http and https addresses become links: whatever else a page named as its
target stays text.
"""

from dataclasses import dataclass

LINKABLE = ("http://", "https://")
OPENING = "(\u201c\u2018\"'[«–—-&"  # noqa: RUF001 — what stands apart from the word before it
NOTHING = "–"  # noqa: RUF001 — a dash for the reader's eye


@dataclass(frozen=True, slots=True)
class Cell:
    """`order` is what sorting compares, None: the text. `more` is what some forms show beside the text."""

    form: str
    text: str
    order: float | str | None = None
    address: str = ""
    more: tuple[str, ...] = ()


def text(words: object) -> Cell:
    return Cell("text", "" if words is None else str(words))


def muted(words: object) -> Cell:
    """Text that explains and is seldom looked for."""
    return Cell("muted", "" if words is None else str(words))


def number(value: float | None) -> Cell:
    if value is None:
        return Cell("number", NOTHING)
    return Cell("number", grouped(value), value)


def grouped(value: float) -> str:
    """1,234; and 12.5 with its one decimal."""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def percent(value: float | None) -> Cell:
    return Cell("number", NOTHING if value is None else f"{value:.1f} %", value)


def authority(value: float | None) -> Cell:
    """With a bar of 0 to 100 beside it."""
    return Cell("number", NOTHING) if value is None else Cell("meter", f"{value:.1f}", value)


def day(moment: str | None) -> Cell:
    return Cell("day", (moment or NOTHING)[:10], moment or "")


def linkable(url: str) -> str:
    """The address when a browser may be led there, else nothing."""
    return url if url.lower().startswith(LINKABLE) else ""


def url(address: str, title: str | None = None) -> Cell:
    """The title first where there is one; the scheme is not shown, it is noise."""
    shown = address.split("://", 1)[-1] if linkable(address) else address
    return Cell("url", shown, shown, linkable(address), (title,) if title else ())


def domain(name: str) -> Cell:
    """A domain leads nowhere: which scheme and host answer for it is not known."""
    return Cell("domain", name)


def words(anchor: str, before: str | None, after: str | None, *, is_image: bool) -> Cell:
    """The link's words within those around it, which are kept without the blanks between."""
    gap = " " if after and (after[0].isalnum() or after[0] in OPENING) else ""
    around = (before or "", f"{gap}{after or ''}")
    return Cell("words", anchor, anchor.casefold(), more=(*around, "image" if is_image else ""))


def anchor(anchor_text: str) -> Cell:
    return words(anchor_text, None, None, is_image=False)


def tag(name: str, tone: str = "") -> Cell:
    """One of a few values; `tone` good, warn or bad colours it, and never alone: the word says it too."""
    return Cell("tag", name, more=(tone,) if tone else ())


def tags(names: list[tuple[str, str]]) -> Cell:
    """Pairs of word and tone."""
    shown = ", ".join(name for name, _ in names)
    return Cell("tags", shown, more=tuple(part for pair in names for part in pair))

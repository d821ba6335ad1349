"""The choices of this room: the log, and what reports weigh. Other rooms have their own; `config.py` joins them."""

from dataclasses import dataclass

from storage import OptionError, Placement, check_options, setting

from .anchor_class import AnchorClass

PLACES = tuple(place.name.lower() for place in Placement)
ANCHOR_CLASSES = tuple(AnchorClass)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogOptions:
    file: str = setting("", "Where the log is written; empty: backlinks.log beside the database.")
    level: str = setting(
        "info",
        "The least that is written: debug tells every fetch, error only what went wrong here.",
        choices=("debug", "info", "warning", "error"),
    )
    max_mebibytes: float = setting(
        10.0,
        "A log of this size is set aside and a fresh one begun.",
        unit="MiB",
        minimum=0.01,
        maximum=10_000,
    )
    keep_files: int = setting(
        5, "Logs set aside that are kept; older ones are deleted.", unit="files", minimum=1, maximum=1_000
    )

    def __post_init__(self) -> None:
        check_options(self)


def _placement_factors() -> dict[str, float]:
    return {"content": 1.0, "nav": 0.2, "header": 0.2, "footer": 0.1, "aside": 0.3, "comment": 0.1}


def _anchor_factors() -> dict[str, float]:
    return {
        "exact": 1.0, "compound": 1.0, "partial": 0.9, "branded": 0.7, "other": 0.5, "naked url": 0.4, "image": 0.4,
        "generic": 0.2, "empty": 0.0,
    }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreOptions:
    """Points of `backlinks score`; those that are given sum to 100 by default."""

    authority_points: float = setting(
        30.0, "For a source domain of authority 100; a part of it for less.", unit="points", minimum=0, maximum=100
    )
    page_points: float = setting(
        15.0, "For a source page of authority 100; a part of it for less.", unit="points", minimum=0, maximum=100
    )
    relevance_points: float = setting(
        20.0, "For a source page whose words are those of the target.", unit="points", minimum=0, maximum=100
    )
    relevance_full: float = setting(
        0.25,
        "The likeness of words (cosine, 0 to 1) that earns all points for relevance.",
        minimum=0.01,
        maximum=1,
    )
    placement_points: float = setting(15.0, "For a link in the content.", unit="points", minimum=0, maximum=100)
    placement_factors: dict[str, float] = setting(
        _placement_factors, "The share of these points by place; 1 for places not named.", minimum=0, maximum=1
    )
    anchor_points: float = setting(10.0, "For words that are a keyword.", unit="points", minimum=0, maximum=100)
    anchor_factors: dict[str, float] = setting(
        _anchor_factors, "The share of these points by class of words; 0 for classes not named.", minimum=0, maximum=1
    )
    followed_points: float = setting(
        10.0,
        "For a link without nofollow, ugc, sponsored, on a page without nofollow.",
        unit="points",
        minimum=0,
        maximum=100,
    )
    dilution_points: float = setting(
        10.0, "Taken from a link on a page that links to very many domains.", unit="points", minimum=0, maximum=100
    )
    dilution_from: int = setting(
        20, "Up to so many linked domains on a page nothing is taken.", unit="domains", minimum=0, maximum=1_000_000
    )
    dilution_full: int = setting(
        100, "From so many linked domains on, all of it is taken.", unit="domains", minimum=1, maximum=1_000_000
    )
    unindexable_points: float = setting(
        100.0,
        "Taken from a link on a page that search engines do not list: noindex, a copy of another, not status 200.",
        unit="points",
        minimum=0,
        maximum=100,
    )
    language_points: float = setting(
        5.0,
        "Taken when source and target say that they are in different languages.",
        unit="points",
        minimum=0,
        maximum=100,
    )

    def __post_init__(self) -> None:
        check_options(self)
        for name, given, known in (
            ("placement_factors", self.placement_factors, PLACES),
            ("anchor_factors", self.anchor_factors, ANCHOR_CLASSES),
        ):
            if set(given) - set(known):
                raise OptionError(name, given, f"names are {', '.join(known)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewOptions:
    """From where on `backlinks review` and `backlinks anchors` ask a person to look."""

    subnet_domains: int = setting(
        5, "Linking domains in one network (/24, or /48 of IPv6).", unit="domains", minimum=2, maximum=1_000_000
    )
    identical_targets: int = setting(
        3,
        "Size of the set of linked domains from which equal sets are told.",
        unit="domains",
        minimum=1,
        maximum=1_000_000,
    )
    profile_domains: int = setting(
        20, "Shares of linking domains say nothing below so many of them.", unit="domains", minimum=1, maximum=1_000_000
    )
    reciprocal_percent: float = setting(
        30.0, "Share of linking domains that are linked back.", unit="%", minimum=0, maximum=100
    )
    followed_percent: float = setting(
        98.0, "Share of linking domains with a followed link.", unit="%", minimum=0, maximum=100
    )
    anchor_percent: float = setting(
        20.0, "Share of linking domains that use the same words, the brand apart.", unit="%", minimum=0, maximum=100
    )
    farm_domains: int = setting(
        50,
        "Domains that one page links to, when nearly all of its links leave.",
        unit="domains",
        minimum=1,
        maximum=1_000_000,
    )
    farm_percent: float = setting(
        80.0, "The share of its links that leave, for such a page.", unit="%", minimum=0, maximum=100
    )
    trust_percent: float = setting(
        10.0, "Trust as a share of PageRank, where trust was computed.", unit="%", minimum=0, maximum=100
    )
    exact_note_percent: float = setting(
        10.0,
        "Share of linking domains whose words are a keyword, from where it is noted.",
        unit="%",
        minimum=0,
        maximum=100,
    )
    exact_warn_percent: float = setting(20.0, "The same, from where it is a warning.", unit="%", minimum=0, maximum=100)
    exact_alert_percent: float = setting(
        30.0,
        "The same, from where it is an alert: what demoted sites were reported to have.",
        unit="%",
        minimum=0,
        maximum=100,
    )

    def __post_init__(self) -> None:
        check_options(self)

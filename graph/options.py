"""Every choice of the ranking, with default, unit and bounds. docs/authority.md says what each one does to the scores.

Not here: TOML, argument parsing (the roof reads files and flags).
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from storage import OptionError, Placement, check_options, setting

PLACEMENTS = tuple(placement.name.lower() for placement in Placement)


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphOptions:
    damping: float = setting(
        0.85,
        "Chance of following a link rather than jumping to any domain; the classic value.",
        unit="share",
        minimum=0,
        maximum=0.99,
    )
    nofollow: str = setting(
        "drop",
        "Links that ask not to be followed: drop ignores them, keep counts them like others, evaporate lets them take "
        "their share and pass it to nobody.",
        choices=("drop", "keep", "evaporate"),
    )
    tolerance: float = setting(
        1e-9,
        "A ranking is done when all scores together, which sum to 1, are off by less than this.",
        unit="share",
        minimum=1e-15,
        maximum=0.1,
    )
    max_sweeps: int = setting(
        1_000, "A ranking that is not done by then says so.", unit="sweeps", minimum=1, maximum=100_000
    )
    fold_redirects: bool = setting(True, "Credit links to a URL that redirects to where the redirect leads.")
    fold_canonicals: bool = setting(True, "Credit links to a page that declares a canonical link to what it names.")
    fold_www: bool = setting(True, "Take www.example.org/x and example.org/x for one page when both are known.")
    fold_scheme: bool = setting(True, "Take http:// and https:// of one address for one page when both are known.")
    placement_weights: dict[str, float] = setting(
        dict,
        "What a link is worth by its place (content, nav, header, footer, aside, comment); 1 for those not named.",
        minimum=0,
        maximum=1,
    )
    exclude_domains: tuple[str, ...] = setting(
        (), "Domains left out of the graph, with all their links: share buttons, link shorteners, content networks."
    )
    page_scores: bool = setting(True, "Rank pages too, not only domains.")
    harmonic: bool = setting(True, "Compute harmonic centrality, the mean closeness that Common Crawl ranks by.")

    def __post_init__(self) -> None:
        check_options(self)
        for place in self.placement_weights:
            if place not in PLACEMENTS:
                raise OptionError("placement_weights", self.placement_weights, f"places are {', '.join(PLACEMENTS)}")

    def weight_by_placement(self) -> tuple[float, ...]:
        """The worth of a link by the number of its placement."""
        return tuple(self.placement_weights.get(place, 1.0) for place in PLACEMENTS)

    @property
    def is_unweighted(self) -> bool:
        return all(weight == 1 for weight in self.weight_by_placement())

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, Any]) -> "GraphOptions":
        """The options that a stored ranking was made with; JSON knows no tuples."""
        known: dict[str, Any] = {name: parameters[name] for name in cls.__dataclass_fields__ if name in parameters}
        if "exclude_domains" in known:
            known["exclude_domains"] = tuple(known["exclude_domains"])
        return cls(**known)

    def as_parameters(self) -> dict[str, Any]:
        """What is stored with the scores, so that they can be reproduced."""
        return asdict(self)

"""The words of the invented web: what its sites are about.

Plain data. A topic's words are few but its own, so that pages on one topic resemble each other and differ from others.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """`things` are nouns, `acts` start with a verb, `traits` are adjectives, `facts` whole sentences."""

    name: str
    things: tuple[str, ...]
    acts: tuple[str, ...]
    traits: tuple[str, ...]
    keywords: tuple[str, ...]
    facts: tuple[str, ...]


def _split(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split("|"))


BREAD = Topic(
    name="bread",
    things=_split(
        "sourdough starter|rye loaf|stone oven|wholemeal flour|proving basket|seeded roll|spelt dough|crust|crumb"
        "|bread peel|walnut loaf|morning bun"
    ),
    acts=_split(
        "feed a starter|shape a round loaf|score the crust|bake with steam|mill your own flour|rest the dough overnight"
    ),
    traits=_split("slow-risen|dark-crusted|airy|sour|stone-baked|honest|still warm"),
    keywords=_split("sourdough bread|artisan bakery|stone oven loaves|rye bread recipe|fresh bread delivery"),
    facts=_split(
        "The oven is lit at two, and by six the first trays are already on the windowsill."
        "|A starter fed twice a day smells of apples; one that is forgotten smells of paint."
        "|Wholemeal needs a tenth more water than the recipe says, and half an hour more patience."
        "|We sell what is left after four o'clock at half the price, and there is rarely anything left."
    ),
)
CYCLING = Topic(
    name="cycling",
    things=_split(
        "steel frame|bottom bracket|touring bicycle|cargo bike|drivetrain|hub gear|wheel truing stand|pannier"
        "|brake cable|saddle|gravel tyre|dynamo lamp"
    ),
    acts=_split(
        "true a wheel|replace a worn chain|fit a mudguard|pack for a week's tour|set up hub gears|choose a saddle"
    ),
    traits=_split("lugged|well-oiled|second-hand|reliable|featherlight|rattling|hand-built"),
    keywords=_split("bicycle repair|touring bikes|wheel building|cargo bike rental|used steel frames"),
    facts=_split(
        "A chain that is measured every month costs less than the cassette it would have ruined."
        "|Most of the creaks people bring us come from a dry seat post and not from the bottom bracket."
        "|On the river road you can ride forty kilometres without meeting a traffic light."
        "|Spokes break one by one; when the third goes, it is time to rebuild the wheel."
    ),
)
COFFEE = Topic(
    name="coffee",
    things=_split(
        "pour-over|espresso blend|drum roaster|burr grinder|cupping table|filter paper|milk foam|single-estate lot"
        "|kettle|tasting note"
    ),
    acts=_split("dial in a grinder|roast a light batch|cup five coffees|steam milk quietly|store green beans"),
    traits=_split("floral|chocolatey|freshly roasted|bright|syrupy|washed|carefully sourced"),
    keywords=_split("speciality coffee|coffee roastery|pour-over guide|espresso beans|barista course"),
    facts=_split(
        "Water just off the boil, one gram of coffee for sixteen of water, three minutes: the rest is taste."
        "|Green beans keep a year in a dry cellar, roasted ones are at their best in the second week."
        "|The old roaster burns gas and needs somebody to listen for the second crack."
    ),
)
GARDENS = Topic(
    name="gardens",
    things=_split(
        "moss lawn|raised bed|climbing rose|cold frame|compost heap|kitchen garden|seed tray|fern border|apple espalier"
        "|rain barrel"
    ),
    acts=_split("prune an espalier|divide ferns|sow under glass|turn a compost heap|plant a shady corner"),
    traits=_split("shady|frost-hardy|overgrown|fragrant|late-flowering|well-mulched"),
    keywords=_split("garden design|shade planting|heirloom seeds|compost advice|rose nursery"),
    facts=_split(
        "Slugs leave the ferns alone, which is half the reason we planted so many."
        "|A bed that is mulched in autumn needs a third of the watering in July."
        "|The nursery opens with the first frost-free weekend and closes when the dahlias are lifted."
    ),
)
TRAVEL = Topic(
    name="travel",
    things=_split(
        "harbour walk|night train|mountain hut|lake ferry|village inn|footpath|viewpoint|market square|old bridge"
        "|cable car"
    ),
    acts=_split("hike the ridge in two days|catch the early ferry|find a room in high season|follow the mill path"),
    traits=_split("windswept|quiet|family-run|half-forgotten|steep|well-signposted"),
    keywords=_split("walking holidays|mountain huts|weekend trips|village inns|scenic railway"),
    facts=_split(
        "The ferry takes bicycles if you ask before the horn sounds."
        "|Above the tree line the path is marked in red and white; in fog, stay with it."
        "|From the last station it is an hour on foot to the hut, uphill all the way."
    ),
)
BOOKS = Topic(
    name="books",
    things=_split(
        "first edition|reading room|paperback|lending library|manuscript|bookbinding press|short story|catalogue card"
        "|margin note"
    ),
    acts=_split("mend a broken spine|read aloud to a class|date an old print|catalogue a private collection"),
    traits=_split("dog-eared|annotated|out-of-print|leather-bound|borrowed|rare"),
    keywords=_split("second-hand books|book repair|reading group|rare editions|local history"),
    facts=_split(
        "Every spring the library sells its duplicates by weight."
        "|Japanese paper and wheat paste will outlast any tape ever made."
        "|The catalogue was typed on cards until 1996, and the cards are still the quicker way."
    ),
)
CLOCKS = Topic(
    name="clocks",
    things=_split("tower clock|escapement|pendulum|mainspring|station clock|marine chronometer|dial|regulator"),
    acts=_split("wind an eight-day clock|restore an enamel dial|regulate a pendulum|read a sundial"),
    traits=_split("ticking|gilded|stopped|punctual|weight-driven|delicate"),
    keywords=_split("clock museum|clock repair|history of timekeeping|tower clocks"),
    facts=_split(
        "In the great hall eleven clocks strike noon, over a span of almost two minutes."
        "|A pendulum one metre long swings once a second, near enough for a railway."
        "|The town paid its clock winder in firewood until 1921."
    ),
)
PHYSICS = Topic(
    name="physics",
    things=_split(
        "spectrometer|radio telescope|lecture note|vacuum chamber|thesis|variable star|detector|field station"
        "|problem sheet"
    ),
    acts=_split("calibrate a detector|observe a variable star|write up an experiment|apply for a field season"),
    traits=_split("peer-reviewed|cryogenic|noisy|long-running|introductory|open-access"),
    keywords=_split("variable stars|physics lectures|open data|radio astronomy|graduate programme"),
    facts=_split(
        "The light curve has been kept without a gap since 1958, by eye for the first thirty years."
        "|Problem sheets are handed in on Thursdays and argued over on Fridays."
        "|All measurements are published with their raw data within the year."
    ),
)
MUSIC = Topic(
    name="music",
    things=_split("fiddle|rosin|bow hair|dance tune|session|concertina|varnish|bridge blank|songbook"),
    acts=_split("rehair a bow|learn a tune by ear|tune a concertina|choose a first fiddle"),
    traits=_split("lively|mellow|well-played|restored|old-time|resonant"),
    keywords=_split("fiddle repair|folk music sessions|violin maker|dance tunes"),
    facts=_split(
        "Sessions start when the third player arrives and end when the landlord says so."
        "|A good bow is rehaired once a year, a much played one twice."
    ),
)
SOFTWARE = Topic(
    name="software",
    things=_split(
        "command-line tool|release note|plug-in|changelog|query planner|test suite|package|migration guide|manual"
    ),
    acts=_split("install the package|write a plug-in|upgrade without downtime|profile a slow query|report a bug"),
    traits=_split("stable|well-tested|backward-compatible|documented|deprecated|open-source"),
    keywords=_split("open-source software|API documentation|release notes|developer guide"),
    facts=_split(
        "Every release is built twice and the two builds are compared byte by byte."
        "|Options that were deprecated in one major version are removed in the next."
        "|The test suite runs in four minutes, and nobody merges while it is red."
    ),
)
GADGETS = Topic(
    name="gadgets",
    things=_split("bread oven|espresso machine|bike computer|garden sensor|headlamp|e-reader|smart scale|power bank"),
    acts=_split("compare five models|test battery life|save on last year's model|read a spec sheet"),
    traits=_split("affordable|overpriced|top-rated|compact|surprisingly good|disappointing"),
    keywords=_split("best bread oven|espresso machine test|bike computer review|cheap ovens|gadget deals"),
    facts=_split(
        "We buy what we test and sell it again afterwards; makers lend us nothing."
        "|Battery life was measured at ten degrees, where most of them gave up early."
        "|The cheapest of the five was the only one that we would buy again."
    ),
)
CIVIC = Topic(
    name="civic",
    things=_split(
        "council minutes|market licence|bus timetable|fire brigade|swimming pool|school board|recycling yard"
    ),
    acts=_split("register a dog|book the town hall|apply for a market stall|attend a council meeting"),
    traits=_split("public|monthly|newly renovated|accessible|free|local"),
    keywords=_split("council services|opening hours|bus timetable|market days"),
    facts=_split(
        "The council meets on the first Tuesday of the month, in public, in the old granary."
        "|Stalls for the spring market are given out by lot in January."
        "|The pool is heated by the bakery's ovens, an arrangement nobody has ever written down."
    ),
)

EVERYTHING = (
    BREAD, CYCLING, COFFEE, GARDENS, TRAVEL, BOOKS, CLOCKS, PHYSICS, MUSIC, SOFTWARE, GADGETS, CIVIC,
)  # fmt: skip

"""The sentence that stands before every report: how much of the web its numbers are about."""

from storage import Coverage

from ..wording import moment, plural


def coverage_sentence(coverage: Coverage) -> str:
    if not coverage.pages and not coverage.failed:
        return "Coverage: this store holds no pages yet. Run a crawl first."
    crawled = f"{plural(coverage.domains_crawled, 'domain')} crawled"
    if coverage.seed_domains:
        crawled += f" of {plural(coverage.seed_domains, 'seed domain')}"
    parts = [
        crawled,
        f"{plural(coverage.pages, 'page')} read",
        f"{plural(coverage.blocked, 'URL')} blocked by robots.txt",
        f"{coverage.failed:,} failed",
        _when(coverage),
        f"ranked {moment(coverage.ranked_at)}" if coverage.ranked_at else "not ranked yet (`backlinks rank` does it)",
    ]
    return f"Coverage: {', '.join(parts)}. Links from pages that were not crawled are not here."


def _when(coverage: Coverage) -> str:
    if coverage.began_at is None:
        return "never crawled"
    began = moment(coverage.began_at)
    if coverage.is_running:
        return f"since {began} and still crawling: numbers grow"
    return f"{began} to {moment(coverage.ended_at or coverage.began_at)}"

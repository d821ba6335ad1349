import pytest

from crawler.options import CrawlOptions, PolitenessOptions
from storage import OptionError, settings_of


def test_a_value_out_of_bounds_is_refused_by_name_with_what_would_be_right():
    with pytest.raises(OptionError, match=r"max_depth = -1: must be at least 0"):
        CrawlOptions(max_depth=-1)


def test_not_a_number_is_refused():
    with pytest.raises(OptionError, match="delay_seconds"):
        PolitenessOptions(delay_seconds=float("nan"))


def test_every_option_says_why_it_exists():
    assert all(about.why.endswith(".") for _, about in settings_of(CrawlOptions))

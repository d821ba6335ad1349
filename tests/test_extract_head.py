import pytest

from crawler.extract import extract_page


def page(markup):
    return extract_page(markup, max_links=100, max_text_characters=0, max_link_text_characters=0)


CANONICAL = "<link rel=canonical href=/c>"


@pytest.mark.parametrize(
    ("markup", "href"),
    [
        (f"<head>{CANONICAL}</head>", "/c"),
        ("<head><link rel='Canonical' href=' /c '></head>", "/c"),
        ("<head><link rel='next canonical' href=/c></head>", "/c"),
        (f"<head><link rel=canonical><link rel=canonical href=''>{CANONICAL}</head>", "/c"),
        ("<head><link rel=canonical href=/1><link rel=canonical href=/2></head>", "/1"),
        ("<head><link rel=canonicals href=/c></head>", None),
        ("<head><link href=/c></head>", None),
        # a head broken off by what may not be in it, before any text
        (f"<head><noscript><img src=x></noscript>{CANONICAL}</head>", "/c"),
        (f"<head><img src=x>{CANONICAL}", "/c"),
        (f"<head><iframe src=x></iframe><title>t</title>{CANONICAL}", "/c"),
        # among the text anyone may have put it
        (f"<body><p>text</p>{CANONICAL}", None),
        (f"<body>text{CANONICAL}", None),
        (f"<body><div>{CANONICAL}</div>", None),
        (f"<p>{CANONICAL}", None),
        (f"<svg>{CANONICAL}</svg>", None),
        ("", None),
    ],
)
def test_the_canonical_link_counts_before_the_text_only(markup, href):
    assert page(markup).canonical_href == href


@pytest.mark.parametrize(
    ("markup", "ours", "theirs"),
    [
        ("<meta name=robots content='noindex, nofollow'>", {"noindex", "nofollow"}, {"noindex", "nofollow"}),
        ("<meta name=ROBOTS content=NONE>", {"noindex", "nofollow"}, {"noindex", "nofollow"}),
        ("<meta name=robots content=noindex><meta name=robots content=nofollow>", {"noindex", "nofollow"},
         {"noindex", "nofollow"}),
        ("<meta name=Backlinks content=noindex>", {"noindex"}, set()),
        ("<meta name=otherbot content=noindex>", set(), {"noindex"}),
        ("<meta name=robots content=nofollow><meta name=backlinks content=noindex>", {"noindex", "nofollow"},
         {"nofollow"}),
        ("<body><p>text<meta name=robots content=noindex>", {"noindex"}, {"noindex"}),
        ("<meta name=robots content='index, follow'>", set(), set()),
        ("<meta name=robots>", set(), set()),
        ("<meta content=noindex>", set(), set()),
        ("<meta name=keywords content='noindex'>", set(), set()),
        ("<!-- <meta name=robots content=noindex> -->", set(), set()),
    ],
)  # fmt: skip
def test_what_a_page_tells_robots(markup, ours, theirs):
    found = page(markup)
    assert found.robots_directives("backlinks") == ours
    assert found.robots_directives("OtherBot") == theirs


@pytest.mark.parametrize(
    ("markup", "href", "discoveries"),
    [
        ("<meta http-equiv=refresh content='0; url=/r'>", "/r", []),
        ("<meta http-equiv=Refresh content=\"0; URL='/r'\">", "/r", []),
        ("<meta http-equiv=refresh content=60>", None, []),
        ("<meta http-equiv=refresh content='0;url=/1'><meta http-equiv=refresh content='0;url=/2'>", "/1", []),
        ("<meta name=refresh content='0; url=/r'>", None, []),
        # for those without scripts: a page to know, not where this one is
        ("<noscript><meta http-equiv=refresh content='0; url=/no'></noscript>", None, ["/no"]),
    ],
)
def test_a_refresh(markup, href, discoveries):
    found = page(markup)
    assert (found.refresh_href, found.discoveries) == (href, discoveries)


@pytest.mark.parametrize(
    ("markup", "href"),
    [
        ("<base href=/b/>", "/b/"),
        ("<base href=' /b/ '><base href=/c/>", "/b/"),
        ("<base target=_top><base href=/b/>", "/b/"),
        ("<base href=''>", ""),
        ("<body><p>text<base href=/b/>", "/b/"),
        ("<noscript><base href=/b/></noscript>", "/b/"),
        ("<base>", None),
        ("<!-- <base href=/b/> -->", None),
        ("<script>'<base href=/b/>'</script>", None),
    ],
)
def test_the_first_base_counts(markup, href):
    assert page(markup).base_href == href


@pytest.mark.parametrize(
    ("markup", "language"),
    [
        ("<html lang=de>", "de"),
        ("<html lang=' en-GB '>", "en-GB"),
        ("<html xml:lang=fr>", "fr"),
        ("<html lang=de><meta http-equiv=content-language content=en>", "de"),
        ("<meta http-equiv=Content-Language content='en, fr'>", "en"),
        ("<html lang=''>", None),
        ("<p lang=de>", None),
    ],
)
def test_the_language(markup, language):
    assert page(markup).language == language


def test_a_language_is_short():
    assert len(page(f"<html lang={'x' * 1_000}>").language) == 35


@pytest.mark.parametrize(
    ("markup", "description"),
    [
        ("<meta name=description content=' Some \n words '>", "Some words"),
        ("<meta name=Description content=1><meta name=description content=2>", "1"),
        ("<meta name=description content=' '><meta name=description content=2>", "2"),
        ("<meta name=description>", None),
        ("<meta property=og:description content=x>", None),
    ],
)
def test_the_description(markup, description):
    assert page(markup).description == description


def test_a_description_is_not_endless():
    assert len(page(f"<meta name=description content='{'x' * 5_000}'>").description) == 1_000


def test_many_names_of_robots_are_not_all_kept():
    found = page("".join(f"<meta name=bot{number} content=noindex>" for number in range(1_000)))
    assert len(found.directives_by_robot) == 50

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from crawler.placement import PlacementReader
from storage import Placement

CONTENT, NAV, HEADER, FOOTER, ASIDE, COMMENT = Placement


def placements(markup):
    reader = PlacementReader()
    return [reader.placement_in(node.parent) for node in LexborHTMLParser(markup).css("a")]


def placement_inside(*tags):
    """Tags are given from the outside, `nav class=x`; the link stands in the innermost."""
    (placement,) = placements("".join(f"<{tag}>" for tag in tags) + "<a href=x>x</a>")
    return placement


CASES = [
    ((), CONTENT),
    (("div", "p"), CONTENT),
    # elements
    (("nav",), NAV),
    (("menu",), NAV),
    (("header",), HEADER),
    (("footer",), FOOTER),
    (("aside",), ASIDE),
    (("main",), CONTENT),
    (("article",), CONTENT),
    (("nav", "ul", "li", "span"), NAV),
    # roles
    (("div role=navigation",), NAV),
    (("ul role=menubar", "li"), NAV),
    (("div role=banner",), HEADER),
    (("div role=contentinfo",), FOOTER),
    (("div role=complementary",), ASIDE),
    (("div role=main",), CONTENT),
    (("nav role=contentinfo",), FOOTER),
    (("div role=presentation",), CONTENT),
    # words of a class or an id
    (("div class=navbar",), NAV),
    (("div id=main-menu",), NAV),
    (("ul class='list breadcrumb small'",), NAV),
    (("div class=mainNavigation",), NAV),
    (("div class=pagination",), NAV),
    (("div class=site-footer",), FOOTER),
    (("div id=Footer",), FOOTER),
    (("div class=footer_inner",), FOOTER),
    (("div id=colophon",), FOOTER),
    (("div class=page-header",), HEADER),
    (("div id=masthead",), HEADER),
    (("div class=sidebar",), ASIDE),
    (("div id=left-sidebar",), ASIDE),
    (("div class='widget widget_text'",), ASIDE),
    (("div class=related-posts",), ASIDE),
    (("div id=comments",), COMMENT),
    (("ol class=commentlist", "li"), COMMENT),
    (("div id=disqus_thread",), COMMENT),
    (("section class=comments-area",), COMMENT),
    (("div class=footer-menu",), NAV),  # both words: a menu is the narrower
    (("div class=comment-footer",), COMMENT),
    # words inside words say nothing
    (("div class=navy",), CONTENT),
    (("div class=subheaderless",), CONTENT),
    (("div class=commentary",), CONTENT),
    (("div class=asidely",), CONTENT),
    # words about the layout
    (("div class=has-sidebar",), CONTENT),
    (("div class='content with-nav'",), CONTENT),
    (("div class=no-sidebar",), CONTENT),
    (("div class=sidebar-layout",), CONTENT),
    (("body class='sidebar navbar'",), CONTENT),
    (("body class=menu", "div"), CONTENT),
    # a header or footer of a part of the text
    (("div class=entry-header",), CONTENT),
    (("div class=card-footer",), CONTENT),
    (("article", "header"), CONTENT),
    (("article", "footer"), CONTENT),
    (("main", "header"), CONTENT),
    (("main", "footer"), FOOTER),
    (("main", "article", "div class=footer"), CONTENT),
    (("article", "nav"), NAV),
    (("article", "aside"), ASIDE),
    (("main", "nav"), NAV),
    (("article", "aside", "header"), ASIDE),
    # the nearest decides
    (("header", "nav"), NAV),
    (("footer", "nav"), NAV),
    (("nav", "header"), HEADER),
    (("aside", "footer"), FOOTER),
    (("div class=sidebar", "main"), CONTENT),
    (("nav", "main"), CONTENT),
    # teasers
    (("aside", "article"), ASIDE),
    (("footer", "article"), FOOTER),
    (("nav", "article"), NAV),
    (("aside", "div class=sidebar", "article", "header"), HEADER),
    # widgets in a footer
    (("footer", "aside"), FOOTER),
    (("footer", "div class=widget"), FOOTER),
    (("div class=footer", "div class=footer-widget"), FOOTER),
    # comments keep what is inside them
    (("main", "article", "div id=comments"), COMMENT),
    (("div id=comments", "article"), COMMENT),
    (("div id=comments", "article", "footer", "nav"), COMMENT),
    (("div id=comments", "header"), COMMENT),
    (("article class=comment",), COMMENT),
    (("div role=article class=comment",), CONTENT),
    # odd markup
    (("div class",), CONTENT),
    (("div class='' id=''",), CONTENT),
    (("svg", "g class=nav"), NAV),
    (("div class='" + "x" * 500 + " nav'",), CONTENT),
]


@pytest.mark.parametrize(("tags", "placement"), CASES)
def test_where_a_link_stands(tags, placement):
    assert placement_inside(*tags) is placement


def test_a_container_is_asked_once(monkeypatch):
    asked = []
    monkeypatch.setattr("crawler.placement._state_inside", lambda node, outside: asked.append(node.tag) or outside)
    placements("<nav>" + "<div><a href=x>1</a><a href=x>2</a></div>" * 3 + "</nav>")
    assert sorted(asked) == ["-document", "body", "div", "div", "div", "html", "nav"]


def test_placements_follow_the_containers_not_the_order():
    markup = "<nav><a>1</a></nav><a>2</a><div><footer><a>3</a></footer><a>4</a></div><nav><a>5</a></nav>"
    assert placements(markup) == [NAV, CONTENT, FOOTER, CONTENT, NAV]


def test_a_link_without_parent_is_content():
    assert PlacementReader().placement_in(None) is CONTENT


@given(st.lists(st.sampled_from([" ".join(tags) for tags, _ in CASES if len(tags) == 1]), max_size=6))
def test_any_nesting_has_a_placement_that_asking_again_confirms(tags):
    markup = "".join(f"<{tag}>" for tag in tags) + "<a>x</a><b><a>x</a></b>"
    first, second = placements(markup)
    assert first is second
    assert isinstance(first, Placement)

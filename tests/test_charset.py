import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.charset import SAMPLE_BYTES, DecodedText, declared_encoding_of, decode_html
from tests.timing import cpu_seconds

RUSSIAN = "Привет, мир! Это страница о том, как читать кодировки. Её пишут по-русски, и слов на ней хватает."
CHINESE = "我们今天讨论网页的编码问题，因为很多网站声明的编码与实际的编码并不相同，所以必须检查。"
JAPANESE = "これは日本語のページです。文字コードが宣言されていなくても、正しく読めなければなりません。"
FRENCH = "L'été, les élèves français étudient près de la forêt où règne un calme étonnant."


def meta(label):
    return f'<meta charset="{label}">'


def test_a_mark_beats_every_declaration():
    for mark, codec, name in (
        (b"\xef\xbb\xbf", "utf-8", "utf-8"),
        (b"\xff\xfe", "utf-16-le", "utf-16le"),
        (b"\xfe\xff", "utf-16-be", "utf-16be"),
    ):
        body = mark + (meta("koi8-r") + RUSSIAN).encode(codec)
        assert decode_html(body, content_type="text/html; charset=windows-1251") == (meta("koi8-r") + RUSSIAN, name)


def test_the_header_beats_the_page():
    body = (meta("koi8-r") + RUSSIAN).encode("windows-1251")
    assert decode_html(body, content_type="text/html; charset=windows-1251").text.endswith(RUSSIAN)


def test_the_page_is_asked_when_the_header_names_no_known_encoding():
    body = (meta("koi8-r") + RUSSIAN).encode("koi8-r")
    for content_type in (None, "text/html", "text/html; charset=none", "text/html; charset=iso-2022-kr"):
        assert decode_html(body, content_type=content_type) == (meta("koi8-r") + RUSSIAN, "koi8-r")


@pytest.mark.parametrize("label", ["gbk", "gb2312", "windows-1251", "windows-1252", "shift_jis", "big5", "latin1"])
@pytest.mark.parametrize("text", [RUSSIAN, CHINESE, JAPANESE, FRENCH])
def test_utf_8_under_a_wrong_label_is_read_as_utf_8(label, text):
    for page in (meta(label) + text, text):
        header = f"text/html; charset={label}"
        assert decode_html(page.encode(), content_type=header) == (page, "utf-8")
        assert decode_html(page.encode(), content_type=None) == (page, "utf-8")


@pytest.mark.parametrize(
    ("text", "label"),
    [(RUSSIAN, "windows-1251"), (RUSSIAN, "koi8-r"), (CHINESE, "gbk"), (JAPANESE, "shift_jis"), (JAPANESE, "euc-jp"),
     (FRENCH, "windows-1252"), (JAPANESE, "iso-2022-jp"), (CHINESE, "gb18030")],
)  # fmt: skip
def test_a_true_label_is_believed(text, label):
    page = meta(label) + text
    assert decode_html(page.encode(label), content_type=None) == (page, label)
    assert decode_html(page.encode(label), content_type=f"text/html; charset={label}") == (page, label)


@pytest.mark.parametrize(
    ("body", "label", "text", "encoding"),
    [
        # two characters of GBK that are two valid characters of UTF-8 too: the label decides
        ("联通".encode("gbk"), "gbk", "联通", "gbk"),
        # one letter, as it stands in UTF-8 and in no legacy text
        ("caf\u00e9".encode(), "windows-1252", "café", "utf-8"),
        ("a \u2013 b".encode(), "windows-1251", "a – b", "utf-8"),
        # a capital letter before a closing quote, valid as UTF-8 by accident
        ("CAFÉ»".encode("windows-1252"), "windows-1252", "CAFÉ»", "windows-1252"),
        # plain ASCII is the same text in all of them, and the name is that of the label
        (b"plain", "windows-1251", "plain", "windows-1251"),
        (b"plain", None, "plain", "windows-1252"),
        (b"plain", "utf-8", "plain", "utf-8"),
        (b"", None, "", "windows-1252"),
        # … but for the one that hides in ASCII
        ("日本".encode("iso-2022-jp"), None, "日本", "iso-2022-jp"),
        ("日本".encode("iso-2022-jp"), "utf-8", "日本", "iso-2022-jp"),
        # UTF-16 as a label without its bytes
        (b"plain", "utf-16", "plain", "utf-8"),
    ],
)
def test_with_few_letters_beyond_ascii_bytes_and_label_decide_together(body, label, text, encoding):
    content_type = f"text/html; charset={label}" if label else None
    assert decode_html(body, content_type=content_type) == (text, encoding)


def test_undeclared_utf_8_is_utf_8():
    assert decode_html(FRENCH.encode()) == (FRENCH, "utf-8")
    assert decode_html("é".encode()) == ("é", "utf-8")


def test_utf_8_with_some_broken_bytes_stays_utf_8():
    broken = RUSSIAN.encode() + b"\xff" + RUSSIAN.encode()
    for content_type in (None, "text/html; charset=utf-8", "text/html; charset=windows-1251"):
        assert decode_html(broken, content_type=content_type) == (f"{RUSSIAN}\ufffd{RUSSIAN}", "utf-8")


def test_utf_8_cut_in_a_character_stays_utf_8():
    cut = CHINESE.encode()[:-1]
    for content_type in (None, "text/html; charset=utf-8", "text/html; charset=gbk"):
        assert decode_html(cut, content_type=content_type) == (CHINESE[:-1] + "\ufffd", "utf-8")


def test_legacy_bytes_declared_as_utf_8_are_guessed():
    page = meta("utf-8") + f"<p>{RUSSIAN * 3}</p>"
    assert decode_html(page.encode("windows-1251")) == (page, "windows-1251")


@pytest.mark.parametrize(
    ("text", "codec"),
    [(RUSSIAN, "windows-1251"), (RUSSIAN, "koi8-r"), (CHINESE, "gb18030"), (JAPANESE, "shift_jis"),
     (JAPANESE, "euc-jp"), (FRENCH, "windows-1252")],
)  # fmt: skip
def test_undeclared_legacy_text_is_guessed(text, codec):
    page = f"<!doctype html><html><body><p>{text}</p><p>{text}</p></body></html>"
    assert decode_html(page.encode(codec)).text == page


def test_a_declaration_beyond_the_prescan_is_found_as_browsers_find_it():
    page = "<!--" + "x" * 2_000 + "-->" + meta("iso-8859-2") + "Zażółć gęślą jaźń"
    assert decode_html(page.encode("iso-8859-2")) == (page, "iso-8859-2")
    assert declared_encoding_of(page.encode("iso-8859-2"), None) == "iso-8859-2"
    assert declared_encoding_of(b"x" * SAMPLE_BYTES + meta("iso-8859-2").encode(), None) is None


@pytest.mark.parametrize(("codec", "name"), [("utf-16-le", "utf-16le"), ("utf-16-be", "utf-16be")])
@pytest.mark.parametrize("content_type", [None, "text/html; charset=utf-8", "text/html; charset=windows-1252"])
def test_utf_16_without_a_mark_is_known_by_its_zeros(codec, name, content_type):
    page = "<!DOCTYPE html><title>Größe</title><a href='/x'>Привет</a>"
    assert decode_html(page.encode(codec), content_type=content_type) == (page, name)


def test_zeros_alone_are_not_utf_16():
    assert decode_html(b"\0" * 100).encoding == "windows-1252"
    assert decode_html(b"<p>\0\0\0</p>" * 10).text == "<p>\0\0\0</p>" * 10


def test_markup_survives_bytes_that_an_encoding_does_not_know():
    for label in ("gbk", "big5", "shift_jis", "euc-kr", "euc-jp", "gb18030"):
        body = meta(label).encode() + b'\x81<a href="/x">\xff</a>\xfe<b>\x80'
        assert '<a href="/x">' in decode_html(body).text


def test_an_encoding_that_browsers_refuse_keeps_its_markup():
    body = meta("hz-gb-2312").encode() + b'<a href="/x">~{<:Ky2;VW~}</a>'
    assert '<a href="/x">' in decode_html(body, content_type="text/html; charset=iso-2022-kr").text


@settings(max_examples=300)
@given(
    st.one_of(st.binary(max_size=400), st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass"))),
    st.one_of(st.none(), st.text(max_size=40), st.sampled_from(["utf-8", "gbk", "utf-16", "hz", "x"])),
)
def test_any_bytes_become_text_that_can_be_written(body, label):
    for page in (body, b"<meta charset=gbk>" + body, b"\xff\xfe" + body, b"\x1b$B" + body):
        decoded = decode_html(page, content_type=None if label is None else f"text/html; charset={label}")
        assert isinstance(decoded, DecodedText)
        decoded.text.encode()


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff\ufffe"), min_size=4))
def test_valid_utf_8_beyond_ascii_always_comes_back_whole(text):
    page = text + "äöüß"
    assert decode_html(page.encode(), content_type="text/html; charset=windows-1251").text == page


def test_the_worst_megabytes_take_no_time():
    for body in (b"\xe4\xbd" * 1_000_000, b"\x81\x40" * 1_000_000, bytes(range(256)) * 8_000, b"\x1b" * 2_000_000):
        assert cpu_seconds(decode_html, body) < 1.0

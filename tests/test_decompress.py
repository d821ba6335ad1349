"""Decoding in bounded pieces: every coding and layer, however the bytes are cut, and bombs."""

import gzip
import io
import tracemalloc
import zlib

import brotli
import pytest
from backports import zstd
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.decompress import PIECE_BYTES, Decompressor, UndecodableBody

MEBIBYTE = 1_048_576
BODY = b"<p>" + b"".join(b"link %d, " % number for number in range(5_000))


def raw_deflate(data):
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
    return compressor.compress(data) + compressor.flush()


ENCODERS = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "deflate, raw": raw_deflate,
    "br": brotli.compress,
    "zstd": zstd.compress,
}
CODINGS = list(ENCODERS)


def name_of(coding):
    return coding.partition(",")[0]


def decode(encoding, data, *, step=None, limit=64 * MEBIBYTE):
    decompressor = Decompressor(encoding, limit)
    step = step or len(data) or 1
    pieces = [piece for start in range(0, len(data), step) for piece in decompressor.feed(data[start : start + step])]
    return b"".join(pieces), decompressor.is_complete


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("step", [None, 1, 7, 1_000])
def test_every_coding_is_decoded_however_it_is_cut(coding, step):
    assert decode(name_of(coding), ENCODERS[coding](BODY), step=step) == (BODY, True)


@pytest.mark.parametrize("inner", CODINGS)
@pytest.mark.parametrize("outer", CODINGS)
def test_codings_lie_one_in_another(inner, outer):
    data = ENCODERS[outer](ENCODERS[inner](BODY))
    assert decode(f"{name_of(inner)}, {name_of(outer)}", data, step=500) == (BODY, True)


@settings(max_examples=40)
@given(st.binary(max_size=3_000), st.sampled_from(CODINGS), st.integers(1, 600))
def test_any_bytes_come_back(body, coding, step):
    assert decode(name_of(coding), ENCODERS[coding](body), step=step) == (body, True)


@pytest.mark.parametrize("name", ["", "identity", "utf-8", "none", "compress", ", ,"])
def test_names_that_mean_nothing_change_nothing(name):
    assert decode(name, BODY) == (BODY, True)


@pytest.mark.parametrize("name", ["GZIP", " gzip ", "identity, gzip", "gzip,", "utf-8,gzip"])
def test_names_are_read_leniently(name):
    assert decode(name, gzip.compress(BODY)) == (BODY, True)


def test_what_is_not_gzip_although_it_says_so_is_taken_as_it_is():
    assert decode("gzip", BODY, step=1) == (BODY, True)


@pytest.mark.parametrize(("name", "encode"), [("gzip", gzip.compress), ("zstd", zstd.compress)])
@pytest.mark.parametrize("step", [None, 1, 30])
def test_members_and_frames_follow_one_another(name, encode, step):
    assert decode(name, encode(b"one ") + encode(b"") + encode(b"two"), step=step) == (b"one two", True)


@pytest.mark.parametrize("coding", [coding for coding in CODINGS if coding != "br"])
def test_padding_after_the_end_is_left_alone(coding):
    assert decode(name_of(coding), ENCODERS[coding](BODY) + b"\0" * 5_000, step=999)[0] == BODY


def test_padding_after_brotli_is_left_alone_when_it_comes_apart():
    decompressor = Decompressor("br", MEBIBYTE)
    assert b"".join([*decompressor.feed(brotli.compress(BODY)), *decompressor.feed(b"\0" * 99)]) == BODY


@pytest.mark.parametrize("coding", CODINGS)
def test_a_body_that_ends_early_gives_what_it_had(coding):
    data = ENCODERS[coding](BODY)
    decoded, is_complete = decode(name_of(coding), data[: len(data) // 2], step=100)
    assert not is_complete
    assert BODY.startswith(decoded)


@pytest.mark.parametrize("coding", CODINGS)
def test_damage_never_passes_for_a_whole_body(coding):
    data = ENCODERS[coding](BODY)
    half = len(data) // 2
    damaged = data[:half] + bytes(byte ^ 0x55 for byte in data[half:])
    try:
        _, is_complete = decode(name_of(coding), damaged)
    except UndecodableBody:
        return
    assert not is_complete or coding == "deflate, raw", "only raw deflate has no sum to check"


@settings(max_examples=200)
@given(st.binary(max_size=200), st.lists(st.sampled_from(["gzip", "deflate", "br", "zstd", "x"]), max_size=4))
def test_garbage_is_decoded_or_refused_and_nothing_else(data, names):
    try:
        decode(",".join(names), data, step=50)
    except UndecodableBody as error:
        assert str(error)  # noqa: PT017 — either end is right


def test_more_layers_than_anyone_needs_are_refused():
    with pytest.raises(UndecodableBody, match="5 times"):
        Decompressor("gzip, gzip, gzip, gzip, gzip", MEBIBYTE)
    with pytest.raises(UndecodableBody):
        Decompressor("gzip," * 10_000, MEBIBYTE)


def zeros(count, encode):
    """A bomb of `count` mebibytes, made without holding them."""
    match encode:
        case "gzip":
            raw = io.BytesIO()
            with gzip.GzipFile(fileobj=raw, mode="wb") as file:
                for _ in range(count):
                    file.write(bytes(MEBIBYTE))
            return raw.getvalue()
        case "br":
            compressor = brotli.Compressor(quality=5)
            return b"".join(compressor.process(bytes(MEBIBYTE)) for _ in range(count)) + compressor.finish()
        case _:
            compressor = zstd.ZstdCompressor()
            return b"".join(compressor.compress(bytes(MEBIBYTE)) for _ in range(count)) + compressor.flush()


@pytest.mark.parametrize("name", ["gzip", "br", "zstd"])
def test_a_bomb_costs_no_more_than_it_is_asked_for(name):
    bomb = zeros(200, name)
    assert len(bomb) < MEBIBYTE
    tracemalloc.start()
    taken = 0
    for piece in Decompressor(name, 2 * MEBIBYTE).feed(bomb):
        assert len(piece) <= 2 * PIECE_BYTES
        taken += len(piece)
        if taken >= 2 * MEBIBYTE:
            break
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * MEBIBYTE


@pytest.mark.parametrize("outer", ["gzip", "br", "zstd"])
def test_a_bomb_within_another_coding_stops_at_the_limit_of_its_layer(outer):
    bomb = zeros(200, "gzip") * 50
    data = {"gzip": gzip.compress, "br": brotli.compress, "zstd": zstd.compress}[outer](bomb)
    decompressor = Decompressor(f"gzip, {outer}", 2 * MEBIBYTE)
    produced = 0
    for piece in decompressor.feed(data):
        produced += len(piece)
        if produced > 2 * MEBIBYTE:
            break
    assert produced < 3 * MEBIBYTE


def test_a_layer_that_swells_although_little_comes_out_is_refused():
    empty_members = gzip.compress(b"") * 300_000
    with pytest.raises(UndecodableBody, match="layer"):
        decode("gzip, gzip", gzip.compress(empty_members), limit=2 * MEBIBYTE)


def test_a_window_larger_than_browsers_allow_is_refused():
    options = {zstd.CompressionParameter.window_log: 27, zstd.CompressionParameter.enable_long_distance_matching: 1}
    compressor = zstd.ZstdCompressor(options=options)
    data = compressor.compress(bytes(MEBIBYTE)) + compressor.flush()
    with pytest.raises(UndecodableBody):
        decode("zstd", data)

"""`python -m fuzz [--seconds 60] [TARGET …]`: each target in a process of its own under atheris, guided by coverage.

What is found new is kept in fuzz/.corpus for the next time; an input that fails is written beside it and the command
ends with 1.
"""

import argparse
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CORPUS = ROOT / "fuzz" / ".corpus"
MAX_BYTES = 4_096
TIMEOUT_SECONDS = 20
NAMES = ("url", "robots", "charset", "extraction", "sitemaps", "config", "where")

SEEDS: dict[str, tuple[bytes, ...]] = {
    "url": (
        b"https://me:secret@Ex%61mple.COM:443/a/../b;c?utm_source=x&d=%7e#e",
        b"//0x7f.1/",
        b"http://[::ffff:1.2.3.4]/",
        "http://münchen.example/ä?ö".encode(),
        b"HTTP:\\\\a\\b",
        b"?x=1&amp;y=2",
        b"http://xn--mnchen-3ya.de./%ff%00",
    ),
    "robots": (
        b"a/b\nUser-agent: *\nDisallow: /a*b$\nAllow: /\nCrawl-delay: 2.5\nSitemap: https://example.org/s.xml\n",
        b"%7Ea\n\xef\xbb\xbfuser-agent: backlinks\rdisallow: /%7ea\r\n",
        b"\n" + "\ufeffUser-agent: *\nDisallow: /".encode("utf-16-le"),
    ),
    "charset": (
        "text/html; charset=windows-1251\n<meta charset=utf-8>Füße".encode(),
        b"\n" + "<p>あい".encode("iso2022_jp"),
        b"text/html\n" + "<p>中".encode("gb18030"),
        b"x\n<meta http-equiv=content-type content='text/html; charset=euc-jp'>" + "あ".encode("euc_jp"),
        b"\n" + "<html>".encode("utf-16-le"),
    ),
    "extraction": (
        b"<html lang=de><title>t</title><base href=/x/><a href=a rel='nofollow ugc'>w <img alt=p src=q></a>",
        b"<nav><a href=//b>x</nav><meta name=robots content='noindex, none'><link rel=canonical href=/c><h1>h</h1>",
        b"<area href=d><iframe src=e></iframe><template><a href=4></template><noscript><a href=5></noscript>",
        b"<table><a href=1><tr><td><a href=2><svg><a xlink:href=3></svg><p>left <a href=http://o.test/>x</a> right",
    ),
    "sitemaps": (
        b"application/xml\n<urlset><url><loc>http://a/?b&amp;c</loc><lastmod>2026-01-01</lastmod></url></urlset>",
        b"\n<sitemapindex><sitemap><loc>http://a/s.xml</loc></sitemap></sitemapindex>",
        b"text/plain\nhttp://a/\nhttp://b/\n",
        b"\n<rss><channel><item><link>http://a/</link></item></channel></rss>",
        b"\n<feed><entry><link href='http://a/'/></entry></feed>",
        b"\n<!DOCTYPE x [<!ENTITY a 'b'>]><urlset><url><loc><![CDATA[http://a/&a;]]></loc></url></urlset>",
    ),
    "config": (
        b"[crawl]\ncontact = 'me@example.org'\nmax_depth = 3\n[scope]\ninclude = ['*/blog/*']\n",
        b"[network]\nresolve = { '*.test' = '127.0.0.1:80' }\nallowed_ports = [80, 1]\n[log]\n",
        b"[politeness]\nretry_seconds = [1.0, inf]\n",
    ),
    "where": (
        b"domain_authority >= 40 and anchor ~ 'shoe' and not links",
        b"links in (1, 2) or (anchor_text is not empty and links = true)",
        b'anchor_text $= "a\\"b" or links not in (3)',
    ),
}
"""What mutation begins with: each of the language's parts once."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", default=NAMES, metavar="TARGET", help=", ".join(NAMES))
    parser.add_argument("--seconds", type=int, default=120, help="for each target")
    asked = parser.parse_args()
    return max(run_each(asked.targets, asked.seconds))


def run_each(names: Iterable[str], seconds: int) -> Iterator[int]:
    for name in names:
        print(f"== {name}", flush=True)
        folder = CORPUS / name
        folder.mkdir(parents=True, exist_ok=True)
        for number, seed in enumerate(SEEDS[name]):
            (folder / f"seed-{number}").write_bytes(seed)
        command = [
            sys.executable, "-m", "fuzz.one", name, str(folder), f"-max_total_time={seconds}", f"-max_len={MAX_BYTES}",
            f"-timeout={TIMEOUT_SECONDS}", "-print_final_stats=1", "-verbosity=0", f"-artifact_prefix={CORPUS}/{name}-",
        ]  # fmt: skip
        yield min(1, abs(subprocess.run(command, cwd=ROOT, check=False).returncode))


if __name__ == "__main__":
    sys.exit(main())

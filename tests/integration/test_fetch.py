"""The guarded fetch against real sockets."""

import gzip
import ssl
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import httpcore
import httpx
import pytest

from bot.errors import SourceError
from bot.sources.addresses import why_refused
from bot.sources.failures import FailureKind, FetchError
from bot.sources.fetch import FEED, PAGE, ROBOTS, Fetcher, FetchRules, retry_after
from tests.site import NOW, Answer, Request, Site, fetcher_for, gzipped, html_answer, html_page, running_site

ROOT = Path(__file__).parents[2]


@pytest.fixture
def site() -> Iterator[Site]:
    with running_site() as running:
        yield running


def failure(fetcher: Fetcher, url: str, kind: FailureKind | None = None) -> FetchError:
    with pytest.raises(FetchError) as caught:
        fetcher.get(url, PAGE, NOW)
    if kind is not None:
        assert caught.value.kind is kind, caught.value
    return caught.value


def closed_fetcher(resolve: Callable[[str, int], Sequence[str]] | None = None) -> Fetcher:
    """A fetcher that may reach no private address."""
    if resolve is None:
        return Fetcher(FetchRules(user_agent="test-bot/1", deadline_seconds=3))
    return Fetcher(FetchRules(user_agent="test-bot/1", deadline_seconds=3, resolve=resolve))


# 26 ways to ask for an address that is not public. Each is tried against a server that listens on loopback.
PROBES = [
    ("http://127.0.0.1:{port}/", "the plain address"),
    ("http://127.1:{port}/", "a short form"),
    ("http://127.0.0.2:{port}/", "another address of the loopback network"),
    ("http://2130706433:{port}/", "one decimal number"),
    ("http://0x7f000001:{port}/", "one hexadecimal number"),
    ("http://0x7f.0.0.1:{port}/", "a hexadecimal part"),
    ("http://0177.0.0.1:{port}/", "an octal part"),
    ("http://0:{port}/", "zero means this machine"),
    ("http://0.0.0.0:{port}/", "the unspecified address"),
    ("http://localhost:{port}/", "the usual name"),
    ("http://localhost.:{port}/", "the usual name with a dot"),
    ("http://LOCALHOST:{port}/", "in capitals"),
    ("http://[::1]:{port}/", "IPv6 loopback"),
    ("http://[::]:{port}/", "IPv6 unspecified"),
    ("http://[::ffff:127.0.0.1]:{port}/", "IPv4-mapped"),
    ("http://[::ffff:7f00:1]:{port}/", "IPv4-mapped in hexadecimal"),
    ("http://[::127.0.0.1]:{port}/", "IPv4-compatible"),
    ("http://[64:ff9b::7f00:1]:{port}/", "NAT64"),
    ("http://[2002:7f00:1::]:{port}/", "6to4"),
    ("http://[2001:0:7f00:1::]:{port}/", "Teredo"),
    ("http://[fe80::1]:{port}/", "link-local"),
    ("http://[fc00::1]:{port}/", "unique local"),
    ("http://169.254.169.254/latest/meta-data/", "the cloud's metadata"),
    ("http://100.64.0.1:{port}/", "carrier-grade NAT"),
    ("http://example.org@127.0.0.1:{port}/", "a name in front of the address"),
    ("http://①②⑦.⓪.⓪.①:{port}/", "digits in circles"),
]


@pytest.mark.parametrize(("url", "reason"), PROBES, ids=[reason for _url, reason in PROBES])
def test_no_way_of_writing_it_reaches_a_private_address(site: Site, url: str, reason: str) -> None:
    site.routes["/"] = html_answer(html_page("Secret"))
    error = failure(closed_fetcher(), url.format(port=site.port))
    assert error.kind in (FailureKind.REFUSED_ADDRESS, FailureKind.DNS, FailureKind.BAD_URL), reason
    assert site.asked == []


def test_the_probes_are_all_there() -> None:
    assert len({url for url, _reason in PROBES}) == len(PROBES) >= 26  # as many as were measured


@pytest.mark.parametrize(
    "address", ["10.0.0.8", "172.16.3.4", "192.168.1.1", "224.0.0.1", "255.255.255.255", "fec0::1"]
)
def test_a_name_with_a_private_address_is_refused(address: str) -> None:
    error = failure(closed_fetcher(lambda _host, _port: [address]), "http://intranet.example/")
    assert error.kind is FailureKind.REFUSED_ADDRESS
    assert "list intranet.example:80 under `allow:`" in str(error)


def test_one_private_address_among_public_ones_spoils_the_name(site: Site) -> None:
    fetcher = closed_fetcher(lambda _host, _port: ["93.184.215.14", "127.0.0.1"])
    failure(fetcher, f"http://mixed.example:{site.port}/", FailureKind.REFUSED_ADDRESS)
    assert site.asked == []


def test_a_name_is_resolved_once_so_that_it_cannot_change_its_mind(site: Site) -> None:
    answers = iter([["127.0.0.1"], ["192.0.2.1"]])
    asked: list[str] = []

    def rebinding(host: str, port: int) -> list[str]:
        asked.append(f"{host}:{port}")
        return next(answers)

    failure(closed_fetcher(rebinding), f"http://rebind.example:{site.port}/", FailureKind.REFUSED_ADDRESS)
    assert asked == [f"rebind.example:{site.port}"]


@pytest.mark.parametrize(
    ("location", "kind"),
    [
        ("http://127.0.0.1:{other}/", FailureKind.REFUSED_ADDRESS),
        ("//127.0.0.1:{other}/", FailureKind.REFUSED_ADDRESS),
        ("http://[::ffff:127.0.0.1]:{other}/", FailureKind.REFUSED_ADDRESS),
        ("file:///etc/passwd", FailureKind.BAD_URL),
        ("gopher://127.0.0.1:{other}/_x", FailureKind.BAD_URL),
        ("ftp://127.0.0.1/", FailureKind.BAD_URL),
        ("javascript:alert(1)", FailureKind.BAD_URL),
    ],
)
def test_a_redirect_goes_through_the_same_gate(site: Site, location: str, kind: FailureKind) -> None:
    with running_site() as other:
        site.routes["/"] = Answer(status=302, headers={"Location": location.format(other=other.port)})
        failure(fetcher_for(site), site.url(), kind)
        assert other.asked == []


def test_a_proxy_of_the_environment_is_not_asked(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", site.url())
    monkeypatch.setenv("ALL_PROXY", site.url())
    failure(closed_fetcher(lambda _host, _port: ["10.0.0.1"]), "http://example.org/", FailureKind.REFUSED_ADDRESS)
    assert site.asked == []


def test_an_allowed_name_is_allowed_on_its_port_only(site: Site) -> None:
    site.routes["/"] = html_answer(html_page("Intranet"))
    rules = FetchRules(
        user_agent="x", allowed=frozenset({("wiki.example", site.port)}), resolve=lambda _host, _port: ["127.0.0.1"]
    )
    assert Fetcher(rules).get(f"http://wiki.example:{site.port}/", PAGE, NOW).status == 200
    assert site.asked[0].headers["host"] == f"wiki.example:{site.port}"
    failure(Fetcher(rules), "http://wiki.example:1/", FailureKind.REFUSED_ADDRESS)


def test_public_addresses_are_not_refused() -> None:
    public = ["93.184.215.14", "8.8.8.8", "2606:4700::6810:84e5", "::ffff:8.8.8.8", "64:ff9b::808:808"]
    assert [why_refused(address) for address in public] == [""] * len(public)


def test_the_bot_refuses_to_start_when_the_library_hides_its_backend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(httpcore, "SyncBackend", type("Other", (), {}))
    with pytest.raises(SourceError, match="install the locked versions"):
        Fetcher(FetchRules(user_agent="x"))


def test_the_bot_names_itself_and_asks_for_gzip_only(site: Site) -> None:
    site.routes["/"] = gzipped(html_page("Talks"))
    assert fetcher_for(site).get(site.url(), PAGE, NOW).body == html_page("Talks")
    headers = site.asked[0].headers
    assert (headers["user-agent"], headers["accept-encoding"]) == ("test-bot/1 (+test)", "gzip")


def test_validators_are_sent_verbatim_and_not_modified_is_no_error(site: Site) -> None:
    site.routes["/"] = Answer(status=304, headers={"ETag": 'W/"2"'})
    answer = fetcher_for(site).get(site.url(), FEED, NOW, etag='W/"1"', last_modified="Sat, 01 Mar 2025 00:00:00 GMT")
    assert answer.not_modified
    assert answer.headers["etag"] == 'W/"2"'
    assert site.asked[0].headers["if-none-match"] == 'W/"1"'
    assert site.asked[0].headers["if-modified-since"] == "Sat, 01 Mar 2025 00:00:00 GMT"


def test_redirects_are_followed_and_a_move_for_good_is_reported(site: Site) -> None:
    site.routes |= {
        "/old": Answer(status=301, headers={"Location": "/new"}),
        "/new": html_answer(html_page("New")),
        "/now": Answer(status=302, headers={"Location": "/new"}),
    }
    fetcher = fetcher_for(site)
    assert fetcher.get(site.url("/old"), PAGE, NOW).moved_to == site.url("/new")
    assert fetcher.get(site.url("/now"), PAGE, NOW).moved_to is None
    assert fetcher.get(site.url("/now"), PAGE, NOW).url == site.url("/new")


@pytest.mark.parametrize(
    ("status", "headers", "kind"),
    [
        (400, {}, FailureKind.BAD_ANSWER),
        (401, {}, FailureKind.BLOCKED_BY_SITE),
        (402, {}, FailureKind.BLOCKED_BY_SITE),
        (403, {}, FailureKind.BLOCKED_BY_SITE),
        (404, {}, FailureKind.NOT_FOUND),
        (410, {}, FailureKind.GONE),
        (429, {}, FailureKind.RATE_LIMITED),
        (451, {}, FailureKind.BLOCKED_BY_SITE),
        (500, {}, FailureKind.SERVER_ERROR),
        (503, {}, FailureKind.SERVER_ERROR),
        (503, {"Retry-After": "60"}, FailureKind.RATE_LIMITED),
        (503, {"cf-mitigated": "challenge"}, FailureKind.BLOCKED_BY_SITE),
        (204, {}, FailureKind.BAD_ANSWER),
        (300, {}, FailureKind.BAD_ANSWER),
    ],
)
def test_each_status_says_what_is_wrong(site: Site, status: int, headers: dict[str, str], kind: FailureKind) -> None:
    site.routes["/"] = Answer(status=status, headers=headers)
    failure(fetcher_for(site), site.url(), kind)


def test_a_site_that_wants_rest_is_given_it_for_a_day_at_most(site: Site) -> None:
    site.routes["/"] = Answer(status=429, headers={"Retry-After": "120"})
    assert failure(fetcher_for(site), site.url()).until == NOW + timedelta(seconds=120)
    assert retry_after("Sat, 01 Mar 2025 13:00:00 GMT", NOW) == NOW + timedelta(hours=1)
    assert retry_after("999999", NOW) == NOW + timedelta(hours=24)
    assert retry_after("Sat, 01 Mar 2020 13:00:00 GMT", NOW) == NOW
    assert retry_after("soon", NOW) is None


def drip(first: bytes, pause_seconds: float) -> Answer:
    """An answer that never ends, one byte at a time."""

    def write(out: Callable[[bytes], object], closing: threading.Event) -> None:
        out(first)
        while not closing.wait(pause_seconds):
            out(b"x")

    return Answer(raw=write)


@pytest.mark.parametrize(
    "first",
    [
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX-Long: ",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 100000\r\n\r\n",
    ],
    ids=["in the body", "in a header", "with a length"],
)
def test_a_drip_of_bytes_ends_at_the_deadline(site: Site, first: bytes) -> None:
    site.routes["/"] = drip(first, 0.05)
    started = time.monotonic()
    failure(fetcher_for(site, deadline_seconds=0.6), site.url(), FailureKind.TIMEOUT)
    assert time.monotonic() - started < 2


def test_a_server_that_says_nothing_ends_at_the_deadline(site: Site) -> None:
    site.routes["/"] = Answer(raw=lambda _out, closing: [None for _ in [closing.wait(5)]].clear())
    failure(fetcher_for(site, deadline_seconds=0.4), site.url(), FailureKind.TIMEOUT)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Answer(body=b"x" * 4_000_000, headers={"Content-Type": "text/html"}), FailureKind.TOO_BIG),
        (
            Answer(body=b"x", headers={"Content-Type": "text/html", "Content-Length": "99999999999"}),
            FailureKind.TOO_BIG,
        ),
        (gzipped(b"\0" * 50_000_000), FailureKind.TOO_BIG),
        (Answer(body=gzip.compress(b"x" * 9999)[:-12], headers={"Content-Encoding": "gzip"}), FailureKind.CUT_OFF),
        (Answer(body=b"no gzip at all", headers={"Content-Encoding": "gzip"}), FailureKind.BAD_ENCODING),
        (Answer(body=b"\x0b\x02\x80", headers={"Content-Encoding": "br"}), FailureKind.BAD_ENCODING),
        (Answer(body=zlib.compress(b"x"), headers={"Content-Encoding": "deflate"}), FailureKind.BAD_ENCODING),
        (Answer(body=b"x", headers={"Content-Encoding": "gzip, gzip"}), FailureKind.BAD_ENCODING),
        (Answer(body=b"x", headers={"Content-Type": "text/html", "Content-Length": "50"}), FailureKind.CUT_OFF),
        (Answer(body=b"%PDF", headers={"Content-Type": "application/pdf"}), FailureKind.WRONG_TYPE),
        (Answer(body=b"x", headers={"Content-Type": "image/png"}), FailureKind.WRONG_TYPE),
        (Answer(raw=lambda out, _closing: [out(b"SSH-2.0-OpenSSH_9\r\n")].clear()), FailureKind.CUT_OFF),
        (Answer(raw=lambda _out, _closing: None), FailureKind.CUT_OFF),
        (
            Answer(
                raw=lambda out, _closing: [
                    out(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc")
                ].clear()
            ),
            FailureKind.CUT_OFF,
        ),
    ],
    ids=lambda value: value.value if isinstance(value, FailureKind) else "",
)
def test_a_hostile_or_broken_body_is_refused(site: Site, answer: Answer, kind: FailureKind) -> None:
    site.routes["/"] = answer
    failure(fetcher_for(site), site.url(), kind)


def test_several_gzip_members_are_one_body(site: Site) -> None:
    packed = gzip.compress(b"<p>one</p>") + gzip.compress(b"<p>two</p>") + b"\0\0"
    site.routes["/"] = Answer(body=packed, headers={"Content-Encoding": "gzip", "Content-Type": "text/html"})
    assert fetcher_for(site).get(site.url(), PAGE, NOW).body == b"<p>one</p><p>two</p>"


def test_a_redirect_loop_ends(site: Site) -> None:
    def onward(request: Request) -> Answer:
        return Answer(status=302, headers={"Location": f"/{len(request.path) * 'x'}"})

    site.routes["/"] = Answer(status=302, headers={"Location": "/"})
    failure(fetcher_for(site), site.url(), FailureKind.REDIRECT_LOOP)
    site.routes |= {"/" + "x" * n: onward for n in range(1, 20)}
    failure(fetcher_for(site), site.url("/x"), FailureKind.REDIRECT_LOOP)
    assert len(site.asked) <= 8


def test_a_long_robots_file_is_cut_not_refused(site: Site) -> None:
    site.routes["/robots.txt"] = Answer(body=b"#" * 600_000, headers={"Content-Type": "text/plain"})
    assert len(fetcher_for(site).get(site.url("/robots.txt"), ROBOTS, NOW).body) == 512_000


def test_a_closed_port_is_unreachable() -> None:
    with running_site() as closed:
        url, fetcher = closed.url(), fetcher_for(closed)
    failure(fetcher, url, FailureKind.UNREACHABLE)


def test_a_name_without_address_is_a_fault_of_names() -> None:
    def unknown(host: str, _port: int) -> list[str]:
        raise OSError(f"{host} is unknown")

    failure(closed_fetcher(unknown), "http://nowhere.example/", FailureKind.DNS)


def test_plain_http_on_a_secure_address_is_a_fault_of_tls(site: Site) -> None:
    failure(fetcher_for(site), site.url().replace("http:", "https:"), FailureKind.TLS)


def test_each_address_of_a_name_is_tried(site: Site) -> None:
    site.routes["/"] = html_answer(html_page("Talks"))
    rules = FetchRules(
        user_agent="x",
        allowed=frozenset({("two.example", site.port)}),
        resolve=lambda _host, _port: ["127.0.0.77", "127.0.0.1"],
        tls=ssl.create_default_context(),
    )
    assert Fetcher(rules).get(f"http://two.example:{site.port}/", PAGE, NOW).status == 200


@pytest.mark.parametrize(
    "url", ["", "example.org", "ftp://example.org/", "http://", "http://a b/", "http://[::1", "http://x:99999/"]
)
def test_what_is_no_web_address_is_not_asked(url: str) -> None:
    failure(closed_fetcher(), url, FailureKind.BAD_URL)


GREEDY_CLIENT = """
import sys
sys.path.insert(0, sys.argv[1])
from datetime import UTC, datetime
from bot.sources.fetch import FEED, FetchError, FetchRules, Fetcher
port = int(sys.argv[2])
fetcher = Fetcher(FetchRules(user_agent="x", allowed=frozenset({("127.0.0.1", port)}), deadline_seconds=30))
try:
    fetcher.get(f"http://127.0.0.1:{port}/", FEED, datetime(2025, 3, 1, tzinfo=UTC))
except FetchError as error:
    # not getrusage: its peak is inherited from the process that started this one
    status = dict(line.split(":", 1) for line in open("/proc/self/status").read().splitlines())
    print(error.kind, status["VmHWM"].split()[0])
"""


def test_a_megabyte_that_inflates_to_a_gigabyte_takes_less_than_80_megabytes(site: Site) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    zeros = bytes(1 << 20)
    bomb = b"".join(packer.compress(zeros) for _ in range(1024)) + packer.flush()
    assert len(bomb) > 1_000_000
    site.routes["/"] = Answer(body=bomb, headers={"Content-Encoding": "gzip", "Content-Type": "text/xml"})
    done = subprocess.run(
        [sys.executable, "-c", GREEDY_CLIENT, str(ROOT), str(site.port)],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    kind, peak_kilobytes = done.stdout.split()
    assert kind == FailureKind.TOO_BIG
    assert int(peak_kilobytes) < 80_000


def test_the_library_is_the_one_that_was_measured() -> None:
    assert httpx.__version__.startswith("0.28.")

"""A web site on loopback, well-behaved or hostile, for tests that need real sockets."""

import gzip
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import AF_INET6

from bot.sources.fetch import Fetcher, FetchRules

NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """What a client asked."""

    path: str
    headers: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What the site says."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: Callable[[Callable[[bytes], object], threading.Event], None] | None = None  # writes the whole answer itself


Route = Answer | Callable[[Request], Answer]


class Site:
    """Paths and what they answer; remembers what was asked."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.routes: dict[str, Route] = {}
        self.asked: list[Request] = []
        self.closing = threading.Event()
        self._server = _server(self, host)
        self.host, self.port = host, self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def url(self, path: str = "/") -> str:
        """Return the address of a path."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}{path}"

    def answer(self, request: Request) -> Answer:
        """Answer one request."""
        self.asked.append(request)
        route = self.routes.get(request.path) or self.routes.get(request.path.split("?")[0]) or Answer(status=404)
        return route(request) if callable(route) else route

    def paths(self) -> list[str]:
        """Return the paths that were asked, in order."""
        return [request.path for request in self.asked]

    def close(self) -> None:
        """Stop."""
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextmanager
def running_site(host: str = "127.0.0.1") -> Iterator[Site]:
    """Run a site."""
    site = Site(host)
    try:
        yield site
    finally:
        site.close()


def fetcher_for(*sites: Site, deadline_seconds: float = 5.0) -> Fetcher:
    """Return a fetcher that may reach these sites and nothing else that is private."""
    allowed = frozenset((site.host, site.port) for site in sites)
    return Fetcher(FetchRules(user_agent="test-bot/1 (+test)", allowed=allowed, deadline_seconds=deadline_seconds))


def html_page(
    title: str, paragraphs: int = 5, *, extra: str = "", published: str = "2025-01-16T09:00:00-08:00"
) -> bytes:
    """Return a page with distinct paragraphs."""
    text = "".join(
        f"<p>Part {n} of {title}: the union told reporters in Glendale that day {n} of the talks brought no offer.</p>"
        for n in range(1, paragraphs + 1)
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title} | Valley Ledger</title>'
        f'<meta property="article:published_time" content="{published}">'
        f'<meta property="og:site_name" content="Valley Ledger"></head><body><nav><a href="/">Home page</a></nav>'
        f"<article><h1>{title}</h1>{text}{extra}</article><footer>All rights reserved</footer></body></html>"
    ).encode()


def html_answer(body: bytes, **headers: str) -> Answer:
    """Return an answer with a page."""
    return Answer(body=body, headers={"Content-Type": "text/html; charset=utf-8", **headers})


def gzipped(body: bytes, **headers: str) -> Answer:
    """Return an answer that is packed."""
    return Answer(
        body=gzip.compress(body), headers={"Content-Encoding": "gzip", "Content-Type": "text/html", **headers}
    )


def _server(site: Site, host: str) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = site.answer(Request(path=self.path, headers=headers))
            with suppress(OSError):
                if answer.raw is not None:
                    answer.raw(self._write, site.closing)
                    self.close_connection = True
                    return
                self._send(answer)

        def _write(self, chunk: bytes) -> None:
            self.wfile.write(chunk)
            self.wfile.flush()

        def _send(self, answer: Answer) -> None:
            self.send_response_only(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if not any(name.lower() == "content-length" for name in answer.headers):
                self.send_header("Content-Length", str(len(answer.body)))
            else:
                self.close_connection = True  # the stated length may be a lie
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the library's signature
            del format, args

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False
        request_queue_size = 256

        def handle_error(self, request: object, client_address: object) -> None:
            del request, client_address  # a client that hangs up is what the tests are about

    if ":" in host:
        Server.address_family = AF_INET6
    return Server((host, 0), Handler)

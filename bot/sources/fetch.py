"""The one way out: every byte the bot reads from a network comes through `Fetcher.get`.

The library's own `get` is never used: it inflates 1 MB to 2 GB, has no total time limit, follows redirects without
asking and connects to whatever a name resolves to at that moment. Here a name is resolved once, every address must be
public, the connection goes to that very address (the certificate is still checked against the name), redirects are
followed by hand through the same gate, only gzip is inflated and in bounded steps, and one deadline covers it all.
"""

import ssl
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin

import httpcore
import httpx

from bot.errors import SourceError
from bot.sources.addresses import Resolve, resolve_by_system, why_refused
from bot.sources.failures import FailureKind, FetchError, checked_url

DEADLINE_SECONDS = 40.0  # for one fetch with all its redirects
CONNECT_SECONDS = 10.0
MAX_REDIRECTS = 5
MAX_RETRY_AFTER = timedelta(hours=24)  # 88 h have been seen in the wild
_INFLATE_STEP_BYTES = 65_536
_MOVED = (301, 308)  # for good: the stored address should change
_REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(frozen=True, kw_only=True, slots=True)
class BodyKind:
    """What one sort of body looks like, and how much of it is read."""

    name: str
    accept: str
    types: tuple[str, ...]  # beginnings of acceptable media types; none stated is acceptable
    max_bytes: int  # after inflating
    max_wire_bytes: int
    cut: bool = False  # too much is cut off, not refused


PAGE = BodyKind(
    name="page",
    accept="text/html,application/xhtml+xml;q=0.9",
    types=("text/html", "application/xhtml", "text/plain", "application/xml", "text/xml"),
    max_bytes=3_000_000,  # parsing takes up to 3 s a MB
    max_wire_bytes=3_000_000,
)
FEED = BodyKind(
    name="feed",
    accept="application/atom+xml,application/rss+xml,application/feed+json,application/xml;q=0.9,*/*;q=0.1",
    types=("application/", "text/"),  # feeds are served under every name; the parser says what it is
    max_bytes=10_000_000,  # the largest of 1,839 corpus feeds has under 1 MB
    max_wire_bytes=10_000_000,
)
SITEMAP = BodyKind(
    name="sitemap",
    accept="application/xml,text/xml;q=0.9,application/gzip;q=0.5",
    types=("application/", "text/", "binary/"),
    max_bytes=10_000_000,  # a news sitemap holds 1,000 entries, some 0.5 MB
    max_wire_bytes=10_000_000,
)
ROBOTS = BodyKind(
    name="robots.txt",
    accept="text/plain",
    types=("text/", "application/"),
    max_bytes=512_000,  # RFC 9309 asks for 500 KiB at least
    max_wire_bytes=512_000,
    cut=True,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Fetched:
    """What a server gave."""

    url: str  # after redirects
    status: int  # 200, or 304
    body: bytes  # inflated; empty for 304
    headers: Mapping[str, str]  # names in lower case
    moved_to: str | None = None  # where it stands for good, when every redirect was permanent
    wire_bytes: int = 0

    @property
    def not_modified(self) -> bool:
        """Whether the server says that nothing has changed."""
        return self.status == httpx.codes.NOT_MODIFIED

    @property
    def charset(self) -> str | None:
        """The character set the server declares."""
        for part in self.headers.get("content-type", "").split(";")[1:]:
            name, _equals, value = part.partition("=")
            if name.strip().lower() == "charset":
                return value.strip().strip("\"'") or None
        return None


@dataclass(slots=True)
class _Deadline:
    monotonic: Callable[[], float]
    at: float

    def left(self) -> float:
        """Return the seconds that are left.

        Raises:
            FetchError: when none are.
        """
        left = self.at - self.monotonic()
        if left <= 0:
            raise FetchError(FailureKind.TIMEOUT, "the server was too slow: the time for one fetch ran out")
        return left


class _TimedStream(httpcore.NetworkStream):
    """A stream on which every wait ends at the fetch's deadline, so that a drip of bytes cannot go on for ever."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: _Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, timeout=self._limit(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, timeout=self._limit(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        try:
            secure = self._stream.start_tls(ssl_context, server_hostname, self._limit(timeout))
        except httpcore.ConnectError as error:
            raise FetchError(FailureKind.TLS, f"the secure connection failed: {error}") from error
        return _TimedStream(secure, self._deadline)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401  # the library's signature
        return self._stream.get_extra_info(info)

    def _limit(self, timeout: float | None) -> float:
        left = self._deadline.left()
        return left if timeout is None else min(timeout, left)


class _GuardedBackend(httpcore.NetworkBackend):
    """Connects to public addresses only, each name resolved once."""

    def __init__(self, resolve: Resolve, allowed: frozenset[tuple[str, int]], deadline: _Deadline) -> None:
        self._resolve = resolve
        self._allowed = allowed
        self._deadline = deadline
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        failure: Exception | None = None
        for address in self._addresses(host, port):
            limit = min(self._deadline.left(), timeout or CONNECT_SECONDS)
            try:
                stream = self._plain.connect_tcp(address, port, limit, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
                continue
            return _TimedStream(stream, self._deadline)
        raise FetchError(FailureKind.UNREACHABLE, f"no connection to {host}:{port}: {failure}")

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.NetworkStream:
        del timeout, socket_options
        raise FetchError(FailureKind.REFUSED_ADDRESS, f"{path} is no network address")

    def _addresses(self, host: str, port: int) -> list[str]:
        try:
            addresses = list(self._resolve(host, port))
        except OSError as error:
            raise FetchError(FailureKind.DNS, f"the name {host} has no address: {error}") from error
        if (host.lower(), port) in self._allowed:
            return addresses
        for address in addresses:  # one bad address spoils the name: it may be the one connected to next time
            if reason := why_refused(address):
                where = "" if host == address else f" is at {address}, which"
                message = (
                    f"{host}{where} is not read: {reason}; to allow it, list {host}:{port} under `allow:` in "
                    "rules/sources.yaml"
                )
                raise FetchError(FailureKind.REFUSED_ADDRESS, message)
        return addresses


@dataclass(frozen=True, kw_only=True, slots=True)
class FetchRules:
    """How the bot shows itself and what it may reach."""

    user_agent: str  # named, with a contact
    allowed: frozenset[tuple[str, int]] = frozenset()  # (host, port) that may be private: intranet, tests
    resolve: Resolve = resolve_by_system
    monotonic: Callable[[], float] = time.monotonic
    deadline_seconds: float = DEADLINE_SECONDS
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)


def _allow_all(_url: str) -> None:
    return


class Fetcher:
    """Fetches bodies within limits; safe to share by threads."""

    def __init__(self, rules: FetchRules) -> None:
        self._rules = rules
        self._check_library()

    def get(
        self,
        url: str,
        kind: BodyKind,
        now: datetime,
        *,
        etag: str = "",
        last_modified: str = "",
        permit: Callable[[str], None] = _allow_all,
    ) -> Fetched:
        """Fetch one body.

        Args:
            url: http or https.
            kind: what is expected there: `PAGE`, `FEED`, `SITEMAP` or `ROBOTS`.
            now: aware UTC, from which a server's wish to be left alone is counted.
            etag: the validator of the last answer, verbatim; "" for an unconditional request.
            last_modified: likewise.
            permit: called with every address before it is asked; raises `FetchError` to forbid it.

        Raises:
            FetchError: when there is nothing to read, with its kind.
        """
        deadline = _Deadline(self._rules.monotonic, self._rules.monotonic() + self._rules.deadline_seconds)
        headers = {"User-Agent": self._rules.user_agent, "Accept": kind.accept, "Accept-Encoding": "gzip"}
        headers |= {"If-None-Match": etag} if etag else {}
        headers |= {"If-Modified-Since": last_modified} if last_modified else {}
        try:
            with self._client(deadline) as client:
                return _walk(client, checked_url(url), headers, kind, now=now, permit=permit)
        except httpx.TimeoutException as error:
            raise FetchError(FailureKind.TIMEOUT, "the server was too slow: it stopped answering") from error
        except httpx.RemoteProtocolError as error:
            raise FetchError(FailureKind.CUT_OFF, f"the answer was broken off or no HTTP: {error}") from error
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise FetchError(FailureKind.BAD_URL, f"the address cannot be used: {error}") from error
        except httpx.HTTPError as error:
            raise FetchError(FailureKind.UNREACHABLE, f"the connection failed: {error}") from error

    def _client(self, deadline: _Deadline) -> httpx.Client:
        transport = httpx.HTTPTransport(verify=self._rules.tls, trust_env=False)
        transport._pool._network_backend = _GuardedBackend(  # noqa: SLF001  # no public way; checked at start
            self._rules.resolve, self._rules.allowed, deadline
        )
        timeout = httpx.Timeout(self._rules.deadline_seconds, connect=CONNECT_SECONDS)
        return httpx.Client(transport=transport, timeout=timeout, trust_env=False, follow_redirects=False)

    def _check_library(self) -> None:
        """Refuse to start on a library version whose network backend cannot be replaced: the guard would be off."""
        transport = httpx.HTTPTransport(verify=self._rules.tls, trust_env=False)
        pool = transport._pool  # noqa: SLF001  # this is the check
        if not isinstance(getattr(pool, "_network_backend", None), httpcore.SyncBackend):
            raise SourceError(
                f"httpx {httpx.__version__} keeps its network backend elsewhere: private addresses could not be "
                "refused; install the locked versions"
            )


def retry_after(value: str, now: datetime) -> datetime | None:
    """Return when a server wants to be asked again (`Retry-After`, seconds or a date), at most a day ahead."""
    value = value.strip()
    if value.isascii() and value.isdigit():
        wait = timedelta(seconds=min(int(value[:9]), MAX_RETRY_AFTER.total_seconds()))
        return now + wait
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max(moment, now), now + MAX_RETRY_AFTER)


def _walk(
    client: httpx.Client,
    url: str,
    headers: dict[str, str],
    kind: BodyKind,
    *,
    now: datetime,
    permit: Callable[[str], None],
) -> Fetched:
    seen = {url}
    for_good = True
    moved_to: str | None = None
    while True:
        permit(url)
        with client.stream("GET", url, headers=headers) as response:
            if response.status_code not in _REDIRECTS or "location" not in response.headers:
                return _received(response, url, kind, now, moved_to)
            for_good = for_good and response.status_code in _MOVED
            url = checked_url(urljoin(url, response.headers["location"]))
        if url in seen or len(seen) > MAX_REDIRECTS:
            raise FetchError(FailureKind.REDIRECT_LOOP, f"the address redirects in a circle or too often ({len(seen)})")
        seen.add(url)
        moved_to = url if for_good else None


def _received(response: httpx.Response, url: str, kind: BodyKind, now: datetime, moved_to: str | None) -> Fetched:
    if response.status_code == httpx.codes.NOT_MODIFIED:
        if not {"if-none-match", "if-modified-since"} & set(response.request.headers):
            raise FetchError(FailureKind.BAD_ANSWER, "the server answers 'unchanged' to a question for everything")
        return Fetched(url=url, status=304, body=b"", headers=dict(response.headers), moved_to=moved_to)
    _check_status(response, now)
    _check_type(response, kind)
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip"):
        raise FetchError(
            FailureKind.BAD_ENCODING, f"the answer is packed as '{encoding[:20]}', though only gzip was asked"
        )
    body, wire_bytes = _read_body(response.iter_raw(), kind, is_gzip="gzip" in encoding)
    return Fetched(
        url=url,
        status=response.status_code,
        body=body,
        headers={name.lower(): value for name, value in response.headers.items()},
        moved_to=moved_to,
        wire_bytes=wire_bytes,
    )


def _check_status(response: httpx.Response, now: datetime) -> None:
    status = response.status_code
    until = retry_after(response.headers.get("retry-after", ""), now)
    if status == httpx.codes.OK:
        return
    if status == httpx.codes.TOO_MANY_REQUESTS or (status == httpx.codes.SERVICE_UNAVAILABLE and until):
        raise FetchError(FailureKind.RATE_LIMITED, f"the site asks for fewer visits ({status})", until=until)
    if "challenge" in response.headers.get("cf-mitigated", "") or status in (401, 402, 403, 407, 451):
        raise FetchError(
            FailureKind.BLOCKED_BY_SITE, f"the site refuses the bot ({status}); ask for access, or use its feed"
        )
    if status == httpx.codes.NOT_FOUND:
        raise FetchError(FailureKind.NOT_FOUND, "there is nothing at this address (404)")
    if status == httpx.codes.GONE:
        raise FetchError(FailureKind.GONE, "the address was given up for good (410)")
    if status >= httpx.codes.INTERNAL_SERVER_ERROR:
        raise FetchError(FailureKind.SERVER_ERROR, f"the server is in trouble ({status})", until=until)
    raise FetchError(FailureKind.BAD_ANSWER, f"the server answered {status}, which is no document")


def _check_type(response: httpx.Response, kind: BodyKind) -> None:
    stated = response.headers.get("content-type", "").split(";")[0].strip().lower()
    if stated and not stated.startswith(kind.types):
        raise FetchError(FailureKind.WRONG_TYPE, f"this is '{stated[:40]}', no {kind.name}")
    length = response.headers.get("content-length", "")
    if length.isascii() and length.isdigit() and int(length[:18]) > kind.max_wire_bytes and not kind.cut:
        raise _too_big(kind)


def _read_body(chunks: Iterator[bytes], kind: BodyKind, *, is_gzip: bool) -> tuple[bytes, int]:
    body = bytearray()
    wire = _Counted(chunks, kind)
    for piece in inflated(wire) if is_gzip else wire:
        body += piece
        if len(body) > kind.max_bytes:
            if kind.cut:
                break
            raise _too_big(kind)
    return bytes(body[: kind.max_bytes]), wire.count


class _Counted:
    """The chunks of an answer, counted, up to the limit."""

    def __init__(self, chunks: Iterator[bytes], kind: BodyKind) -> None:
        self.count = 0
        self._chunks = chunks
        self._kind = kind

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self.count += len(chunk)
            yield chunk
            if self.count > self._kind.max_wire_bytes:
                if self._kind.cut:
                    return
                raise _too_big(self._kind)


def inflated(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield what gzip members hold, in pieces of at most 64 KiB, so that the reader can stop a bomb.

    Raises:
        FetchError: when it is no gzip, or ends in the middle.
    """
    inflater = zlib.decompressobj(zlib.MAX_WBITS | 16)
    started = False
    for chunk in chunks:
        waiting = chunk
        while waiting:
            started = True
            try:
                piece = inflater.decompress(waiting, _INFLATE_STEP_BYTES)
            except zlib.error as error:
                raise FetchError(FailureKind.BAD_ENCODING, f"the answer is damaged: {error}") from error
            if piece:
                yield piece
            waiting = inflater.unconsumed_tail
            if inflater.eof:
                waiting = inflater.unused_data
                if not waiting.startswith(b"\x1f\x8b"):
                    break  # what follows the last member is padding
                inflater = zlib.decompressobj(zlib.MAX_WBITS | 16)
    if started and not inflater.eof:
        raise FetchError(FailureKind.CUT_OFF, "the answer ends in the middle of its packing")


def _too_big(kind: BodyKind) -> FetchError:
    return FetchError(FailureKind.TOO_BIG, f"more than {kind.max_bytes / 1e6:g} MB are not read as a {kind.name}")

"""What a site asks of robots, and how close together the bot's visits to one host are."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit, urlunsplit

from bot.sources.failures import FailureKind, FetchError
from bot.sources.fetch import ROBOTS, Fetcher
from bot.sources.parser_process import KilledError, ParseError, ParserProcess

HOST_SPACING_SECONDS = 2.0  # between the starts of two visits to one host
MAX_CRAWL_DELAY_SECONDS = 30.0  # a longer wish is met by reading fewer pages, not by a thread that sleeps
ROBOTS_KEPT = timedelta(hours=24)  # RFC 9309 section 2.4
ROBOTS_RETRY = timedelta(hours=1)  # while a site's robots.txt is broken
_ROBOTS_SECONDS = 5.0  # 4,000 rules take 0.02 s
_NO_RULES = (FailureKind.NOT_FOUND, FailureKind.GONE, FailureKind.BLOCKED_BY_SITE, FailureKind.BAD_ANSWER)


class HostPace:
    """Keeps visits to one host apart, whichever thread makes them."""

    def __init__(
        self,
        *,
        spacing_seconds: float = HOST_SPACING_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._spacing_seconds = spacing_seconds
        self._monotonic = monotonic
        self._sleep = sleep
        self._lock = threading.Lock()
        self._free_at: dict[str, float] = {}

    def wait(self, url: str, *, delay_seconds: float = 0.0) -> None:
        """Wait for this host's next free moment, and take it."""
        host = urlsplit(url).netloc.lower()
        spacing = max(self._spacing_seconds, min(delay_seconds, MAX_CRAWL_DELAY_SECONDS))
        with self._lock:
            now = self._monotonic()
            start = max(now, self._free_at.get(host, now))
            self._free_at[host] = start + spacing
        if start > now:
            self._sleep(start - now)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Rules:
    body: bytes  # empty: everything is allowed
    until: datetime
    refusal: str = ""  # why nothing is allowed


class Robots:
    """Asks each site's robots.txt before anything else is asked of it; safe to share by threads."""

    def __init__(self, fetcher: Fetcher, parser: ParserProcess, pace: HostPace, agent: str) -> None:
        self._fetcher = fetcher
        self._parser = parser
        self._pace = pace
        self._agent = agent  # the product's name, without version and contact
        self._rules: dict[str, _Rules] = {}

    def permit(self, url: str, now: datetime) -> None:
        """Return once the address may be asked, spaced as the site wishes.

        Raises:
            FetchError: when the site's robots.txt forbids it, or could not be read.
        """
        parts = urlsplit(url)
        site = f"{parts.scheme}://{parts.netloc}".lower()
        rules = self._rules.get(site)
        if rules is None or rules.until <= now:
            rules = self._rules[site] = self._read(urlunsplit((parts.scheme, parts.netloc, "/robots.txt", "", "")), now)
        if rules.refusal:
            raise FetchError(FailureKind.BLOCKED_BY_ROBOTS, rules.refusal)
        self._pace.wait(url, delay_seconds=self._allowed_delay(rules.body, url) if rules.body else 0.0)

    def _allowed_delay(self, body: bytes, url: str) -> float:
        try:
            verdict = self._parser.ask("robots", body, _ROBOTS_SECONDS, url=url, agent=self._agent)
        except KilledError as error:
            raise FetchError(FailureKind.BLOCKED_BY_ROBOTS, f"the site's robots.txt cannot be read: {error}") from error
        except ParseError:
            return 0.0  # not robots.txt at all: a page that stands in its place forbids nothing
        if not verdict["allowed"]:
            message = "the site's robots.txt asks bots not to read this address; ask for permission, or use its feed"
            raise FetchError(FailureKind.BLOCKED_BY_ROBOTS, message)
        return float(verdict["delay_seconds"])

    def _read(self, url: str, now: datetime) -> _Rules:
        self._pace.wait(url)
        try:
            answer = self._fetcher.get(url, ROBOTS, now)
        except FetchError as error:
            if error.kind in _NO_RULES:
                return _Rules(body=b"", until=now + ROBOTS_KEPT)
            if error.kind is FailureKind.SERVER_ERROR:
                refusal = f"the site's robots.txt is broken, which means do not read: {error}"
                return _Rules(body=b"", until=now + ROBOTS_RETRY, refusal=refusal)
            raise
        return _Rules(body=answer.body, until=now + ROBOTS_KEPT)

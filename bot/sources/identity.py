"""What makes two addresses, or two texts, the same article."""

import hashlib
import re
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

# Query parameters that say how a reader came, not what is read.
_TRACKING = re.compile(
    r"utm_\w+|fbclid|gclid|dclid|msclkid|yclid|igshid|mc_[ce]id|_hs(?:enc|mi)|cmpid|ocid|ref_?src|s_cid|smid|"
    r"guccounter|guce_\w+|ncid|xtor|at_(?:medium|campaign|custom\d)|__twitter_impression|amp",
    re.IGNORECASE,
)
_DEFAULT_PORTS = {"http": 80, "https": 443}
_INDEX_PAGE = re.compile(r"/(?:index|default)\.(?:html?|php|aspx?)$", re.IGNORECASE)


def canonical_url(url: str) -> str | None:
    """Return the form in which two addresses of one article are equal, or None when it is no web address.

    http and https, a leading `www.` or `m.`, default ports, fragments, tracking parameters, the order of parameters,
    escapes of plain characters, a trailing slash and `index.html` make no difference; path and other parameters do.
    """
    try:
        parts = urlsplit(url.strip())
        host, port = (parts.hostname or "").rstrip("."), parts.port
        host = host.encode("idna").decode("ascii") if not host.isascii() else host
    except ValueError:
        return None
    if parts.scheme not in _DEFAULT_PORTS or not host or len(url) > 2_000 or re.search(r"\s", host):  # noqa: PLR2004  # what servers take
        return None
    host = re.sub(r"^(?:www\d?|m|mobile|amp)\.(?=[^.]+\.[^.]+)", "", host)
    host = f"[{host}]" if ":" in host else host
    if port and port not in _DEFAULT_PORTS.values():
        host = f"{host}:{port}"
    path = _INDEX_PAGE.sub("/", _plain_path(parts.path)).rstrip("/")
    kept = sorted(
        (key, value) for key, value in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.fullmatch(key)
    )
    return urlunsplit(("https", host, path, urlencode(kept), ""))


def text_sha(text: str) -> str:
    """Return the sha256 of `text`, hex."""
    return hashlib.sha256(text.encode("utf-8", errors="surrogatepass")).hexdigest()


def article_key(url: str | None, text: str) -> str:
    """Return the identity of an article: its canonical URL where there is one, else the hash of its text."""
    canonical = canonical_url(url) if url else None
    return canonical or f"text:{text_sha(text)}"


def _plain_path(path: str) -> str:
    """Decode escapes of characters that need none, fold double slashes, leave every other escape in capitals."""

    def plain(match: re.Match[str]) -> str:
        char = unquote(match[0])
        return char if re.fullmatch(r"[A-Za-z0-9._~-]", char) else match[0].upper()

    path = re.sub(r"%[0-9A-Fa-f]{2}", plain, quote(path, safe="%/:@!$&'()*+,;=~", errors="replace"))
    return re.sub(r"/{2,}", "/", path)

"""From bytes of unknown make to clean text, or the reason why they are no text."""

import codecs
import re

_BOMS = (  # UTF-32 first: its mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MAGIC = (
    (b"%PDF-", "a PDF"),
    (b"PK\x03\x04", "a zip archive or an office document"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"\xd0\xcf\x11\xe0", "an old office document"),
    (b"SQLite format 3", "a database"),
    (b"{\\rtf", "a rich text file"),
)
_META_CHARSET = re.compile(
    rb"""<(?:meta|\?xml)\b[^>]{0,200}?(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]{2,40})""", re.IGNORECASE
)
_META_WITHIN_BYTES = 4096  # browsers look at 1,024; real pages put scripts before it
_CONTROL = re.compile("[\x01-\x08\x0b\x0e-\x1f\x7f]")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_SAMPLE_CHARS = 20_000
_MAX_CONTROL_SHARE = 0.02  # text has next to none; 2 % leaves room for terminal logs and form feeds
_WEB_ALIASES = {
    "iso-8859-1": "cp1252",
    "latin-1": "cp1252",
    "latin1": "cp1252",
    "us-ascii": "cp1252",
}  # WHATWG Encoding


class NotTextError(ValueError):
    """These bytes hold no text that a person wrote."""


def decode(body: bytes, declared: str | None = None, *, markup: bool = False) -> str:
    """Return the text in `body`, cleaned.

    Byte order mark, then what the sender declared, then what the document declares (only with `markup`), then strict
    UTF-8, then UTF-16 without a mark, then Windows-1252, which is what undeclared western text that is not UTF-8 is.

    Raises:
        NotTextError: when the bytes are of a known other kind, or mostly control characters.
    """
    _refuse_other_kinds(body)
    for encoding in _candidates(body, declared, markup=markup):
        try:
            text = body.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
        _refuse_control_characters(text)
        return clean(text)
    text = body.decode("cp1252", errors="replace")
    _refuse_control_characters(text)
    return clean(text)


def clean(text: str) -> str:
    """Return `text` without NUL and lone surrogates, which no database takes, and with plain line ends."""
    text = text.replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")
    return _LONE_SURROGATE.sub("\ufffd", text)


def _candidates(body: bytes, declared: str | None, *, markup: bool) -> list[str]:
    found = [encoding for mark, encoding in _BOMS if body.startswith(mark)][:1]
    if declared:
        found.append(declared)
    if markup and (match := _META_CHARSET.search(body[:_META_WITHIN_BYTES])):
        found.append(match[1].decode("ascii"))
    wide = _wide_without_mark(body)
    guesses = [wide] if wide else ["utf-8"]
    return [_WEB_ALIASES.get(name.lower(), name) for name in (*found, *guesses)]


def _wide_without_mark(body: bytes) -> str | None:
    """Name the UTF-16 order when every second byte of mostly western text is NUL."""
    sample = body[: 2 * (_SAMPLE_CHARS // 2)]
    half = len(sample) // 2
    if half < 4:  # noqa: PLR2004  # four characters are too few to tell
        return None
    if sample[1::2].count(0) > 0.6 * half and sample[0::2].count(0) < 0.1 * half:
        return "utf-16-le"
    if sample[0::2].count(0) > 0.6 * half and sample[1::2].count(0) < 0.1 * half:
        return "utf-16-be"
    return None


def _refuse_other_kinds(body: bytes) -> None:
    for magic, kind in _MAGIC:
        if body.startswith(magic):
            raise NotTextError(f"this is {kind}, not text; export it as text first")


def _refuse_control_characters(text: str) -> None:
    sample = text[:_SAMPLE_CHARS]
    strange = len(_CONTROL.findall(sample))
    if strange > 3 and strange > _MAX_CONTROL_SHARE * len(sample):  # noqa: PLR2004  # a stray few are forgiven
        raise NotTextError(f"{strange} of the first {len(sample)} characters are control codes: this is not text")

"""Text as patterns see it: plain quotes, spaces and dashes, lower case, every character where it was."""

_QUOTES = "‘’‚‛ʹʻʼʽˈ＇`´′"
_DOUBLE_QUOTES = "“”„‟«»″＂〝〞"
_DASHES = "‐‑‒–—―−﹘﹣－⁃"
_LINE_BREAKS = "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
_BLANKS = "\x00\u00a0\u1680\u180e\u200b\u202f\u205f\u2060\u3000\ufeff" + "".join(map(chr, range(0x2000, 0x200B)))
_FULL_WIDTH = {code: chr(code - 0xFEE0) for code in range(0xFF10, 0xFF5B) if chr(code).isalnum()}

# Offsets must not move: `str.lower` turns this letter into two, so it is replaced by one first.
_DOTTED_CAPITAL_I = {0x130: "i"}

_TABLE: dict[int, str] = (
    _FULL_WIDTH
    | _DOTTED_CAPITAL_I
    | {ord(char): "'" for char in _QUOTES}
    | {ord(char): '"' for char in _DOUBLE_QUOTES}
    | {ord(char): "-" for char in _DASHES}
    | {ord(char): "\n" for char in _LINE_BREAKS}
    | {ord(char): " " for char in _BLANKS}
)


def normalise(text: str) -> str:
    """Return `text` for matching, with `len(normalise(text)) == len(text)`.

    Quotes, dashes and spaces become their ASCII forms, letters lower case. Zero-width joiners, soft hyphens and
    combining marks stay where they are: removing them would move every offset behind them.
    """
    return text.translate(_TABLE).lower()

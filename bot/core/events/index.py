"""From the words of a sentence to the phrases that may stand in it, however many phrases there are."""

from collections.abc import Container, Iterable
from collections.abc import Set as AbstractSet

from bot.core.events.keywords import MONEY_SIGN, PERCENT_SIGN, Needed, Words, ways

_BREAK = ord("\n")
_SEPARATED = bytes(
    code if (chr(code).isalnum() and code < 0x80) or code == _BREAK else 0x20  # noqa: PLR2004 (ASCII)
    for code in range(256)
)
_PERCENT = PERCENT_SIGN.encode()
_MONEY = MONEY_SIGN.encode()
_Keyed = tuple[int, int]  # a phrase, and the bits of the sets of words of which it needs one each besides its key
BITS = 2_048  # more sets than the shipped rules have; more bits would make each operation slower
_ALL_BITS = (1 << BITS) - 1


def words_of(copy: bytes) -> set[bytes]:
    """Return the words of a folded copy, and a sign for per cent and money where it holds them."""
    words = set(copy.translate(_SEPARATED).split())
    if b"%" in copy:
        words.add(_PERCENT)
    if b"$" in copy or b"#" in copy:
        words.add(_MONEY)
    return words


def words_of_each(copy: bytes) -> list[set[bytes]]:
    """Return the words of every sentence of a folded copy in which line feeds end the sentences."""
    found = [set(line.split()) for line in copy.translate(_SEPARATED).split(b"\n")]
    if b"%" in copy or b"$" in copy or b"#" in copy:
        found = [words_of(line) for line in copy.split(b"\n")]
    return found


class PhraseIndex:
    """Finds phrases by the rarest word they need, then asks for the others.

    The others are sets of words. Each is one bit, and a sentence has the bits of its words, so that what a phrase needs
    besides its key is one operation. Where there are more sets than bits, some share one: a phrase that does not stand
    may then be found, never the other way round.
    """

    def __init__(self, phrases: Iterable[tuple[int, Needed]]) -> None:
        self._by_word: dict[bytes, list[_Keyed]] = {}
        self._bits: dict[bytes, int] = {}  # of the sets that a word is in
        self._unkeyed: set[int] = set()  # phrases of typed places alone: they may stand anywhere
        number_by_words: dict[Words, int] = {}
        for number, needed in phrases:
            if needed is None:
                self._unkeyed.add(number)
            for keys, rest in ways(needed):
                others = {number_by_words.setdefault(each, len(number_by_words)) % BITS for each in rest}
                entry = (number, sum(1 << other for other in others))
                for word in keys:
                    self._by_word.setdefault(word.encode(), []).append(entry)
        for words, number in number_by_words.items():
            for word in words:
                key = word.encode()
                self._bits[key] = self._bits.get(key, 0) | 1 << number % BITS
        self._keys = frozenset(self._by_word)
        self._others = frozenset(self._bits)

    def standing(self, words: AbstractSet[bytes], among: Container[int] | None = None) -> set[int]:
        """Return the phrases that may stand among `words`: theirs are there, if not in their order."""
        found = self._unkeyed.copy()
        if self._keys.isdisjoint(words):
            return found
        missing = self._missing(words)
        for word in self._keys & words:
            for number, others in self._by_word[word]:
                if not others & missing and (among is None or number in among):
                    found.add(number)
        return found

    def any_standing(self, words: AbstractSet[bytes], among: Container[int]) -> bool:
        """Tell whether one of the phrases `among` may stand among `words`."""
        missing = self._missing(words)
        for word in self._keys & words:
            for number, others in self._by_word[word]:
                if number in among and not others & missing:
                    return True
        return any(number in among for number in self._unkeyed)

    def _missing(self, words: AbstractSet[bytes]) -> int:
        held = 0
        for word in self._others & words:
            held |= self._bits[word]
        return _ALL_BITS & ~held

"""The words of a folded sentence, the blocks they stand in, and what else a word is called."""

from collections.abc import Iterable

from bot.core.events.keywords import DIGITS, ENDING, MIN_ENDING, MONEY_SIGN, PERCENT_SIGN

_SIGNS = b"%$#"
_KEPT = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789" + _SIGNS)
_WORDS = bytes(code if code in _KEPT or code == ord("\n") else ord(" ") for code in range(256))
_BLOCKS = bytes(code if code in _KEPT else ord("\n" if code == ord(" ") else " ") for code in range(256))
_WORD_BY_SIGN = {b"%": PERCENT_SIGN.encode(), b"$": MONEY_SIGN.encode(), b"#": MONEY_SIGN.encode()}
_DIGITS = DIGITS.encode()
_LAST_DIGIT = ord("9")


def words_of(copy: bytes) -> list[list[bytes]]:
    """Return the words of every sentence of a folded copy in which line feeds end the sentences.

    A sign for per cent and money stands among them where the sentence holds one.
    """
    return _split(copy, _WORDS)


def blocks_of(sentence: bytes) -> list[list[bytes]]:
    """Return the words of every block of a folded sentence: two in "follow-up", none in "-"."""
    return [words for words in _split(sentence, _BLOCKS) if words]


def _split(copy: bytes, table: bytes) -> list[list[bytes]]:
    text = copy.translate(table)
    for sign, word in _WORD_BY_SIGN.items():
        if sign in text:
            text = text.replace(sign, b" " + word + b" ")
    return [line.split() for line in text.split(b"\n")]


Called = dict[bytes, list[bytes]]
"""What else a word is called: the endings that it has, a number."""


class Endings:
    """The endings that phrases ask for, as in "*ology", found by their last letters."""

    def __init__(self, words: Iterable[str]) -> None:
        self._by_last: dict[bytes, list[tuple[bytes, bytes]]] = {}
        for word in words:
            if word.startswith(ENDING):
                ending = word.removeprefix(ENDING).encode()
                self._by_last.setdefault(ending[-MIN_ENDING:], []).append((ending, word.encode()))

    def called(self, words: Iterable[bytes]) -> Called:
        """Return what else a word is called, for those words that end in one of the endings or begin with a digit."""
        found: Called = {}
        for word in words:
            if word[-MIN_ENDING:] in self._by_last:
                names = [name for ending, name in self._by_last[word[-MIN_ENDING:]] if word.endswith(ending)]
                found[word] = names
            if word[0] <= _LAST_DIGIT:
                found.setdefault(word, []).append(_DIGITS)
        return found


def share(masks: dict[bytes, int], called: Called) -> None:
    """Give what words are also called the masks of the words."""
    for word in called.keys() & masks.keys():
        for name in called[word]:
            masks[name] = masks.get(name, 0) | masks[word]

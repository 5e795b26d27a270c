"""What an article must speak of to be read at all: a look at its words before any work on its sentences."""

from dataclasses import dataclass

_HYPHEN = ord("-")
_WORDS = bytes(code if chr(code).isalnum() or code == _HYPHEN else ord(" ") for code in range(128)) + b" " * 128


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """The words of the subject (rules/events/_subject.yaml); without any, every article speaks of it."""

    words: frozenset[bytes] = frozenset()
    at_least: int = 0  # different words
    from_chars: int = 0  # shorter texts always speak of it: a brief has few words
    place: str = ""  # "rules/events/_subject.yaml:3"

    def spoken(self, copy: bytes) -> frozenset[bytes]:
        """Return the words of the subject that stand in a folded text."""
        return self.words.intersection(copy.translate(_WORDS).split())

    def missing(self, copy: bytes) -> str:
        """Return why an article, folded, is not read; "" for one that speaks of the subject."""
        if len(copy) < self.from_chars:
            return ""
        spoken = self.spoken(copy)
        if len(spoken) >= self.at_least:
            return ""
        found = f" ({', '.join(sorted(word.decode() for word in spoken))})" if spoken else ""
        return f"it holds {len(spoken)} words of the subject{found}, and {self.place} asks for {self.at_least}"

"""Whether the words around an event speak for what a pattern took them for, or for something else.

A pattern sees the words that it lists; "holds on bestsellers are taking 12 weeks" has those of a wait for care. So the
words of labelled sentences are counted (`python -m benchmarks.doubt`): how often each stands where an event of a kind
is told, and how often where something only tempts. The logarithm of the ratio of the two shares is its weight, as in a
naive Bayes classifier (Maron 1961, doi:10.1145/321075.321084). Where the weights of a sentence and of those around it
sum to less than the limit of its kind, the event is in doubt, and rules give a review in place of an alert.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import log

from bot.core.model import Label, SlotValue

BEFORE, AFTER = 2, 2  # sentences that are weighed with the one that tells the event
IN_SENTENCE, AROUND = 3, 1  # what a word counts for there, and in a sentence around it
LEAST_WORDS = 25  # different ones; fewer, as in a test of a rule, say too little
SHOWN_LETTERS = 4  # shorter words, such as "are" and "up", tell a reader nothing
SHOWN_WORDS = 3  # that speak loudest against an event
_LETTERS = 6  # of a word: they stand for all its forms
_SMOOTHING = 3  # added to every count: a word seen in one sentence proves little
_NUMBER = b"0"  # stands for every number
_WORD = re.compile(rb"[a-z]+|\$|[0-9][0-9.,]*")

Words = dict[bytes, int]
"""Stem → IN_SENTENCE or AROUND."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How often a word, or any word, stood where an event is told and where something only tempts."""

    told: int = 0
    tempting: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(self.told + other.told, self.tempting + other.tempting)


@dataclass(frozen=True, kw_only=True, slots=True)
class DoubtKind:
    """What was counted for one kind of event."""

    event: str  # the event type
    where: Mapping[str, frozenset[str]]  # label slot → the values, one of which the event has
    below: float  # the sum of weights under which one is in doubt
    sentences: Counts  # that were counted, each for IN_SENTENCE
    words: Mapping[bytes, Counts]


@dataclass(frozen=True, slots=True)
class Scale:
    """Weighs the words around events of one kind."""

    kind: DoubtKind
    weights: Mapping[bytes, float]

    def weigh(self, sentence: bytes, around: Iterable[bytes]) -> dict[bytes, float]:
        """Return the weight of each word of a folded sentence and of those around it, 0 for one never counted."""
        words = words_of(sentence, around)
        return {stem: self.weights.get(stem, 0.0) * share / IN_SENTENCE for stem, share in words.items()}

    def is_for(self, event: str, slots: Mapping[str, SlotValue]) -> bool:
        """Tell whether events of this type with such labels were counted here."""
        return self.kind.event == event and all(_has(slots.get(name), some) for name, some in self.kind.where.items())


class Doubts:
    """Tells which events are in doubt (rules/events/_doubt.yaml); without any counts none ever is."""

    def __init__(self, kinds: Iterable[DoubtKind] = ()) -> None:
        listed = tuple(kinds)
        told: Counter[bytes] = Counter()
        tempting: Counter[bytes] = Counter()
        for kind in listed:
            told.update({stem: seen.told for stem, seen in kind.words.items()})
            tempting.update({stem: seen.tempting for stem, seen in kind.words.items()})
        total = sum((kind.sentences for kind in listed), Counts())
        shared = {stem: _weight(Counts(told[stem], tempting[stem]), total) for stem in told | tempting}
        self.scales = tuple(Scale(kind, _halved(kind, shared)) for kind in listed)

    def against(
        self, event: str, slots: Mapping[str, SlotValue], sentence: bytes, around: Collection[bytes]
    ) -> tuple[str, ...]:
        """Return the words that speak loudest against an event that is in doubt, () for one that is not.

        Args:
            event: its type.
            slots: its slots; labels among them tell its kind.
            sentence: that tells it, folded.
            around: the sentences around that one, folded.
        """
        scale = next((each for each in self.scales if each.is_for(event, slots)), None)
        weights = scale.weigh(sentence, around) if scale else {}
        if scale is None or sum(weights.values()) >= scale.kind.below or len(weights) < LEAST_WORDS:
            return ()
        loudest = set(sorted(weights, key=lambda stem: (len(stem) < SHOWN_LETTERS, weights[stem], stem))[:SHOWN_WORDS])
        found = {stem: word for each in (*around, sentence) for word, stem in _stems(each) if stem in loudest}
        return tuple(sorted(word.decode() for word in found.values()))


def words_of(sentence: bytes, around: Iterable[bytes]) -> Words:
    """Return the words of a folded sentence and of those around it, each with what it counts for."""
    words = {stem: AROUND for other in around for _, stem in _stems(other)}
    return words | {stem: IN_SENTENCE for _, stem in _stems(sentence)}


def _stems(sentence: bytes) -> Iterator[tuple[bytes, bytes]]:
    for word in _WORD.findall(sentence):
        yield word, _NUMBER if word[:1].isdigit() else word[:_LETTERS]


def _has(value: SlotValue | None, wanted: frozenset[str]) -> bool:
    labels: Sequence[SlotValue | None] = value if isinstance(value, tuple) else (value,)
    return any(isinstance(label, Label) and label.value in wanted for label in labels)


def _weight(seen: Counts, total: Counts) -> float:
    told = (seen.told + _SMOOTHING) / (total.told * IN_SENTENCE + 2 * _SMOOTHING)
    tempting = (seen.tempting + _SMOOTHING) / (total.tempting * IN_SENTENCE + 2 * _SMOOTHING)
    return log(told / tempting)


def _halved(kind: DoubtKind, shared: Mapping[bytes, float]) -> dict[bytes, float]:
    """Return the weights for a kind: half from what was counted for it, half from what was for all."""
    own = {stem: _weight(seen, kind.sentences) for stem, seen in kind.words.items()}
    return {stem: (weight + own.get(stem, 0.0)) / 2 for stem, weight in shared.items()}

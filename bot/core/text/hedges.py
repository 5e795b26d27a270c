"""Words around a number that say how it stands to the true one."""

from collections.abc import Mapping

from bot.core.model import Bound
from bot.core.text.lexicon import words

HEDGE_WORDS = 4  # the longest hedge: "in the neighborhood of"

_REACHING = words("go goes gone going went stretch stretches stretched run runs ran extend extends lasted crept")
BEFORE: Mapping[str, Bound] = (
    dict.fromkeys(
        (
            "about", "around", "roughly", "approximately", "some", "nearly", "almost", "an estimated", "estimated",
            "close to", "approaching", "circa", "in the region of", "something like", "~",
            "in the neighborhood of", "nearing", "virtually", "approx", "approx .",
        ),
        Bound.ABOUT,
    )
    | dict.fromkeys(
        (
            "more than", "just over", "over", "above", "upward of", "upwards of", "exceeding", "in excess of",
            "well over", "beyond", "greater than", "longer than", "higher than", "exceeds", "exceeded",
            "exceed", "well above",
            "far more than", "north of", "larger than", ">", "well past", "far past",
            "well beyond", "topping",
        ),
        Bound.MORE_THAN,
    )
    | {f"{verb} past": Bound.MORE_THAN for verb in _REACHING}
    | dict.fromkeys(
        (
            "at least", "no less than", "no fewer than", "not less than", "not fewer than", "a minimum of",
            "minimum of", "minimum", "at the very least", "not under", "starting at", "as little as", "> =", "≥",
        ),
        Bound.AT_LEAST,
    )
    | dict.fromkeys(
        (
            "up to", "as long as", "as many as", "as much as", "at most", "no more than", "not more than",
            "no longer than", "a maximum of", "maximum of", "within", "no greater than", "not exceeding", "capped at",
            "as high as", "not to exceed", "< =", "≤", "at the most", "up to a maximum of",
        ),
        Bound.AT_MOST,
    )
    | dict.fromkeys(
        (
            "under", "just under", "less than", "fewer than", "below", "shorter than", "lower than", "not quite", "<",
            "smaller than",
        ),
        Bound.LESS_THAN,
    )
)  # fmt: skip
AFTER: Mapping[tuple[str, ...], Bound] = {
    ("or", "more"): Bound.AT_LEAST,
    ("or", "longer"): Bound.AT_LEAST,
    ("or", "greater"): Bound.AT_LEAST,
    ("or", "over"): Bound.AT_LEAST,
    ("or", "higher"): Bound.AT_LEAST,
    ("and", "up"): Bound.AT_LEAST,
    ("at", "least"): Bound.AT_LEAST,
    ("at", "minimum"): Bound.AT_LEAST,
    ("plus",): Bound.AT_LEAST,
    ("+",): Bound.AT_LEAST,
    ("-", "plus"): Bound.AT_LEAST,
    ("or", "less"): Bound.AT_MOST,
    ("or", "fewer"): Bound.AT_MOST,
    ("or", "sooner"): Bound.AT_MOST,
    ("or", "under"): Bound.AT_MOST,
    ("at", "most"): Bound.AT_MOST,
    ("at", "the", "most"): Bound.AT_MOST,
    ("tops",): Bound.AT_MOST,
    ("or", "so"): Bound.ABOUT,
    ("ish",): Bound.ABOUT,
    ("-", "ish"): Bound.ABOUT,
}
# "handed over $250,000", "8 percent over three years": no hedge
WITH_OVER = frozenset(words("handed hand hands turned turn signed sign took take taken given percent cent %"))

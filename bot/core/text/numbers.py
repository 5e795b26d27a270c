"""Numbers in digits and in words: "2,400", "4.8 million", "two hundred and five", "half a dozen", "thousands"."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.core.text.lexicon import words
from bot.core.text.tokens import Tokens

MAX_VALUE = 1e15  # a quadrillion: beyond, "million million million" would run away
MAX_NUMERAL_CHARS = 18  # longer runs of digits are identifiers, not amounts

ONES: Mapping[str, int] = {
    word: value
    for value, word in enumerate(
        words(
            "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
            "seventeen eighteen nineteen"
        )
    )
} | {"nought": 0, "naught": 0}
TENS: Mapping[str, int] = {
    word: value * 10
    for value, word in enumerate(words("twenty thirty forty fifty sixty seventy eighty ninety"), start=2)
} | {"fourty": 40}
SCALES: Mapping[str, float] = {
    "hundred": 1e2,
    "thousand": 1e3,
    "million": 1e6,
    "billion": 1e9,
    "trillion": 1e12,
    "dozen": 12,
    "dozens": 12,
    "lakh": 1e5,
    "crore": 1e7,
}
SHORT_SCALES: Mapping[str, float] = {
    "k": 1e3,
    "m": 1e6,
    "mn": 1e6,
    "mln": 1e6,
    "b": 1e9,
    "bn": 1e9,
    "tn": 1e12,
    "mm": 1e6,
}
FRACTIONS: Mapping[str, float] = {
    "½": 1 / 2, "¼": 1 / 4, "¾": 3 / 4, "⅓": 1 / 3, "⅔": 2 / 3, "⅕": 1 / 5, "⅖": 2 / 5, "⅗": 3 / 5, "⅘": 4 / 5,
    "⅙": 1 / 6, "⅚": 5 / 6, "⅛": 1 / 8, "⅜": 3 / 8, "⅝": 5 / 8, "⅞": 7 / 8,
}  # fmt: skip
_PARTS: Mapping[str, float] = {"half": 0.5, "quarter": 0.25, "third": 1 / 3, "quarters": 0.25, "thirds": 1 / 3}

# The widest reading of a word that counts without saying how many.
VAGUE: Mapping[str, tuple[float, float]] = {
    "several": (2, 12),
    "few": (2, 10),
    "numerous": (3, 999),
    "dozens": (24, 999),
    "hundreds": (100, 9_999),
    "thousands": (1_000, 999_999),
    "millions": (1_000_000, 999_999_999),
    "billions": (1e9, 999e9),
}

ORDINALS: Mapping[str, int] = {
    word: value
    for value, word in enumerate(
        words(
            "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
            "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
        ),
        start=1,
    )
} | {"thirtieth": 30, "fortieth": 40, "fiftieth": 50, "hundredth": 100}


# Words that can begin a number, an ordinal or a fraction.
NUMBER_WORDS = frozenset(
    (*ONES, *TENS, *VAGUE, *FRACTIONS, *ORDINALS, "a", "an", "the", "half", "quarter", "tens", "few", "couple")
)
MAX_NUMBER_WORDS = 24  # "nine hundred ninety-nine million …": more is no number that a person wrote


@dataclass(frozen=True, kw_only=True, slots=True)
class Number:
    """A number as written."""

    low: float
    high: float  # equal to low unless the word is vague
    end: int  # index of the token after it
    vague: bool = False
    spelled: bool = False  # in words

    @property
    def value(self) -> float:
        """The one number it states."""
        return self.low


def read_number(tokens: Tokens, index: int, *, money: bool = False) -> Number | None:
    """Read the number that begins at token `index`.

    Args:
        tokens: the sentence.
        index: where it may begin.
        money: a currency sign stands before it, so that "m" and "b" are millions and billions.
    """
    word = tokens.word(index)
    if word[:1].isdecimal() or (word[:1] == "." and len(word) > 1):
        return _in_digits(tokens, index, money=money)
    if word in VAGUE:
        return _vague(tokens, index)
    return _in_words(tokens, index)


def read_ordinal(tokens: Tokens, index: int) -> tuple[int, int] | None:
    """Read "13th", "thirteenth" or "twenty-first": the value and the index of the token after it."""
    word = tokens.word(index)
    if word in ORDINALS:
        return ORDINALS[word], index + 1
    if word[:1].isdecimal() and word[-2:] in ("st", "nd", "rd", "th") and len(word) < MAX_NUMERAL_CHARS:
        return int(word[:-2]), index + 1
    if word in TENS:
        following = index + 2 if tokens.word(index + 1) == "-" else index + 1
        if ORDINALS.get(tokens.word(following), 99) < 10:  # noqa: PLR2004 - "twenty-tenth" is no ordinal
            return TENS[word] + ORDINALS[tokens.word(following)], following + 1
    return None


def read_fraction(tokens: Tokens, index: int) -> tuple[float, int] | None:
    """Read "half", "a third", "two-thirds", "three fifths": the value and the index of the token after it."""
    word = tokens.word(index)
    if word == "half":
        return 0.5, index + 1
    if tokens.word(index + 1) == "/" and tokens.word(index + 3) == "of":
        return _slashed(tokens, index)
    if word in ("a", "an"):
        upper, at = 1.0, index + 1
    else:
        number = read_number(tokens, index)
        if number is None or number.vague:
            return None
        upper, at = number.low, number.end
    if tokens.word(at) == "-":
        at += 1
    lower, end = _denominator(tokens, at, plural=upper > 1)
    return (upper / lower, end) if lower else None


def _slashed(tokens: Tokens, index: int) -> tuple[float, int] | None:
    # "3/4 of patients"
    upper, lower = tokens.word(index), tokens.word(index + 2)
    if not (upper.isdecimal() and lower.isdecimal() and len(lower) < 3 and 0 < int(upper) < int(lower)):  # noqa: PLR2004 - two digits
        return None
    return int(upper) / int(lower), index + 3


def _denominator(tokens: Tokens, index: int, *, plural: bool) -> tuple[int, int]:
    word = tokens.word(index)
    if word in ("half", "halves"):
        return 2, index + 1
    if word in ("quarter", "quarters"):
        return 4, index + 1
    singular = word[:-1] if plural and word.endswith("s") else word
    value = ORDINALS.get(singular, 0)
    fits = value > 2 and word.endswith("s") == plural  # noqa: PLR2004 - from thirds on
    return (value, index + 1) if fits else (0, index)


def _in_digits(tokens: Tokens, index: int, *, money: bool) -> Number | None:
    word = tokens.word(index)
    if len(word) > MAX_NUMERAL_CHARS or not word.replace(",", "").replace(" ", "").replace(".", "", 1).isdecimal():
        return None
    value, end = float(word.replace(",", "").replace(" ", "")), index + 1
    if tokens.word(end) in FRACTIONS:
        value, end = value + FRACTIONS[tokens.word(end)], end + 1
    elif (part := _fraction_after(tokens, end)) is not None:
        value, end = value + part[0], part[1]
    value, end = _scaled(tokens, value, end, money=money)
    value, end = _more_of_scale(tokens, value, end)
    return Number(low=value, high=value, end=end)


def _more_of_scale(tokens: Tokens, value: float, end: int) -> tuple[float, int]:
    # "3 million and a half", "3 hundred and 21"
    scale = SCALES.get(tokens.word(end - 1))
    if scale is None:
        return value, end
    if (part := _fraction_after(tokens, end)) is not None:
        return value + part[0] * scale, part[1]
    rest = tokens.word(end + 1)
    if tokens.word(end) == "and" and scale == SCALES["hundred"] and rest.isdecimal() and len(rest) < 3:  # noqa: PLR2004 - below a hundred
        return value + int(rest), end + 2
    return value, end


def _fraction_after(tokens: Tokens, index: int) -> tuple[float, int] | None:
    # "2 1/2 weeks", "two and a half weeks", "three and two fifths"
    upper, slash, lower = (tokens.word(index + shift) for shift in range(3))
    if slash == "/" and upper.isdecimal() and lower.isdecimal() and len(lower) < 3 and 0 < int(upper) < int(lower):  # noqa: PLR2004 - 1/2 to 98/99; longer ones are no fractions of a number
        return int(upper) / int(lower), index + 3
    if upper != "and" or lower in ("", "hundred"):
        return None
    fraction = read_fraction(tokens, index + 1)
    if fraction is None or not 0 < fraction[0] < 1 or slash == "half":
        return None
    behind = tokens.word(fraction[1])
    named = tokens.words[fraction[1] - 1] in ORDINALS and behind.isalpha() and behind not in ("of", "percent")
    return None if named and tokens.words[fraction[1] - 1] != "half" else fraction


def _scaled(tokens: Tokens, value: float, end: int, *, money: bool) -> tuple[float, int]:
    start = end
    if tokens.word(end) == "-" and tokens.word(end + 1) in SCALES:
        end += 1
    while tokens.word(end) in SCALES and value < MAX_VALUE:
        value, end = value * SCALES[tokens.word(end)], end + 1
    short = tokens.word(end)
    if (
        end == start
        and short in SHORT_SCALES
        and (money or short == "k" or (short in ("bn", "mn") and tokens.touches(end - 1)))
    ):
        return value * SHORT_SCALES[short], end + 1
    return value, end


def _vague(tokens: Tokens, index: int) -> Number | None:
    low, high = VAGUE[tokens.word(index)]
    end = index + 1
    if tokens.word(end) in SCALES:  # "several hundred", "a few thousand"
        scale = SCALES[tokens.word(end)]
        return Number(low=low * scale, high=high * scale, end=end + 1, vague=True, spelled=True)
    if tokens.word(end) == "of" and tokens.word(end + 1) in ("thousands", "millions"):  # "hundreds of thousands"
        scale = SCALES[tokens.word(end + 1)[:-1]]
        return Number(low=low * scale, high=high * scale, end=end + 2, vague=True, spelled=True)
    return Number(low=low, high=high, end=end, vague=True, spelled=True)


def _in_words(tokens: Tokens, index: int) -> Number | None:
    word, following = tokens.word(index), tokens.word(index + 1)
    if word in ONES or word in TENS:
        return _spelled(tokens, index, None)
    if word in ("a", "an") and following in SCALES:
        return _spelled(tokens, index + 1, 1)
    if word in ("half", "quarter") or word in FRACTIONS:
        return _part_of_scale(tokens, index)
    if word == "tens" and following == "of":
        return _tens_of(tokens, index)
    at = index + 1 if word in ("a", "the") else index
    counted = tokens.word(at) == "few" or (tokens.word(at) == "couple" and tokens.word(at + 1) in ("of", "more"))
    return _few(tokens, at) if counted else None


def _tens_of(tokens: Tokens, index: int) -> Number | None:
    if tokens.word(index + 2) not in ("thousands", "millions"):
        return None
    scale = SCALES[tokens.word(index + 2)[:-1]]
    return Number(low=10 * scale, high=99 * scale, end=index + 3, vague=True, spelled=True)


def _part_of_scale(tokens: Tokens, index: int) -> Number | None:
    # "half a million", "half million", "a quarter of a million"
    if (part := FRACTIONS.get(tokens.word(index))) is not None:
        return Number(low=part, high=part, end=index + 1)
    at = index + 1
    while tokens.word(at) in ("a", "an", "of", "-"):
        at += 1
    if tokens.word(at) not in SCALES:
        return None
    value = SCALES[tokens.word(at)] * _PARTS[tokens.word(index)]
    return Number(low=value, high=value, end=at + 1, spelled=True)


def _few(tokens: Tokens, index: int) -> Number | None:
    end = index + 1
    if tokens.word(end) == "of":
        end += 1
    if tokens.word(index) == "couple":
        return Number(low=2, high=2, end=end, spelled=True)
    return _vague(tokens, index)


def _spelled(tokens: Tokens, index: int, started: float | None) -> Number | None:
    """Read a number in words; `started` is the 1 of "a hundred"."""
    total, current, end, last = 0.0, started or 0.0, index, 1e15
    fresh = started is None
    while end - index < MAX_NUMBER_WORDS:
        word = tokens.word(end)
        if word in ONES and (fresh or _takes(current, ONES[word])):
            current, end, fresh = current + ONES[word], end + 1, False
        elif word in TENS and (fresh or _takes(current, TENS[word])):
            current, end, fresh = current + TENS[word], end + 1, False
        elif word in SCALES and not fresh and (current or total):
            scale = SCALES[word]
            if scale >= 1000 and scale < last:  # noqa: PLR2004 - thousand and above close a group
                total, current, last, fresh = total + current * scale, 0.0, scale, False
            else:
                current *= scale
            end += 1
        elif end > index and word in ("and", "-") and _continues(tokens, end, current):
            end += 1
        else:
            break
    return _finished(tokens, total + current, end)


def _takes(current: float, addend: int) -> bool:
    # "twenty five" and "two hundred five" go on; "five six" and "twenty thirty" are two numbers.
    below = current % 100
    return below == 0 or (below % 10 == 0 and below >= 20 and 0 < addend < 10)  # noqa: PLR2004 - tens take ones


def _continues(tokens: Tokens, index: int, current: float) -> bool:
    following = tokens.word(index + 1)
    if tokens.word(index) == "and" and following in ONES and _denominator(tokens, index + 2, plural=True)[0]:
        return False
    if tokens.word(index) == "-":
        tens_with_ones = current % 10 == 0 and current % 100 >= 20 and 0 < ONES.get(following, 0) < 10  # noqa: PLR2004 - twenty-one to ninety-nine
        return tens_with_ones or following in SCALES
    return current % 100 == 0 and (following in ONES or following in TENS) and tokens.word(index - 1) in SCALES


def _finished(tokens: Tokens, value: float, end: int) -> Number:
    scale = SCALES.get(tokens.word(end - 1), 1)
    if (part := _fraction_after(tokens, end)) is not None:
        # "a million and a half" is half a million more; "one hundred and a half" is not fifty more.
        value, end = value + part[0] * (scale if scale >= SCALES["thousand"] else 1), part[1]
        return Number(low=value, high=value, end=end, spelled=True)
    if tokens.word(end) == "point" and tokens.word(end + 1) in ONES:
        value, end = _point(tokens, value, end + 1)
    value, end = _scaled(tokens, value, end, money=False)
    return Number(low=value, high=value, end=end, spelled=True)


def _point(tokens: Tokens, value: float, end: int) -> tuple[float, int]:
    digits = ""
    while tokens.word(end) in ONES and len(digits) < MAX_NUMERAL_CHARS:
        digits, end = digits + str(ONES[tokens.word(end)]), end + 1
    return value + float(f"0.{digits}"), end

"""English inflections of one word: what `word~` stands for in a pattern."""

from functools import cache

_IRREGULAR = (
    "be is are was were been being",
    "begin begins began begun beginning",
    "bid bids bidding",
    "break breaks broke broken breaking",
    "bring brings brought bringing",
    "build builds built building",
    "buy buys bought buying",
    "choose chooses chose chosen choosing",
    "come comes came coming",
    "cut cuts cutting",
    "deny denies denied denying denial denials",
    "die dies died dying",
    "do does did done doing",
    "draw draws drew drawn drawing",
    "fall falls fell fallen falling",
    "feel feels felt feeling",
    "fight fights fought fighting",
    "find finds found finding findings",
    "forbid forbids forbade forbidden forbidding",
    "get gets got gotten getting",
    "give gives gave given giving",
    "go goes went gone going",
    "grow grows grew grown growing",
    "have has had having",
    "hear hears heard hearing",
    "hit hits hitting",
    "hold holds held holding",
    "keep keeps kept keeping",
    "know knows knew known knowing",
    "lay lays laid laying",
    "lead leads led leading",
    "leave leaves left leaving",
    "let lets letting",
    "lie lies lay lain lied lying",
    "lose loses lost losing",
    "make makes made making",
    "meet meets met meeting",
    "pay pays paid paying",
    "put puts putting",
    "quit quits quitting",
    "read reads reading",
    "reply replies replied replying",
    "ride rides rode ridden riding",
    "rise rises rose risen rising",
    "run runs ran running",
    "say says said saying",
    "see sees saw seen seeing",
    "seek seeks sought seeking",
    "sell sells sold selling",
    "send sends sent sending",
    "set sets setting",
    "show shows showed shown showing",
    "shut shuts shutting",
    "sit sits sat sitting",
    "speak speaks spoke spoken speaking",
    "spend spends spent spending",
    "split splits splitting",
    "stand stands stood standing",
    "strike strikes struck striking",
    "take takes took taken taking",
    "tell tells told telling",
    "think thinks thought thinking",
    "throw throws threw thrown throwing",
    "undergo undergoes underwent undergone undergoing",
    "win wins won winning",
    "withdraw withdraws withdrew withdrawn withdrawing withdrawal withdrawals",
    "withhold withholds withheld withholding",
    "write writes wrote written writing",
    "child children",
    "man men",
    "woman women",
    "person people persons",
)
_IRREGULAR_FORMS = {line.split()[0]: tuple(line.split()) for line in _IRREGULAR}
_VOWELS = "aeiou"
_HISS = ("s", "x", "z", "ch", "sh")  # endings that take -es
# Verbs of this field whose noun is used like the verb: "a cancellation of visits".
_NOUNS = {
    "cancel": ("cancellation", "cancellations", "cancelation", "cancelations"),
    "postpone": ("postponement", "postponements"),
    "ratify": ("ratification", "ratifications"),
    "mediate": ("mediation", "mediations"),
    "negotiate": ("negotiation", "negotiations"),
    "suspend": ("suspension", "suspensions"),
    "resume": ("resumption",),
    "refuse": ("refusal", "refusals"),
    "reject": ("rejection", "rejections"),
    "propose": ("proposal", "proposals"),
    "violate": ("violation", "violations"),
    "investigate": ("investigation", "investigations"),
    "settle": ("settlement", "settlements"),
}


@cache
def inflections(word: str) -> tuple[str, ...]:
    """Return every English form of `word`, itself first; a form that does not exist in the language costs nothing.

    Args:
        word: lower case; of a hyphenated word the last part is inflected.
    """
    head, dash, last = word.rpartition("-")
    if dash:
        return tuple(f"{head}-{form}" for form in inflections(last))
    if word in _IRREGULAR_FORMS:
        return _IRREGULAR_FORMS[word]
    forms = (word, *_regular(word), *_NOUNS.get(word, ()))
    return tuple(dict.fromkeys(forms))


def _regular(word: str) -> tuple[str, ...]:
    if word.endswith("e"):
        return (f"{word}s", f"{word}d", f"{word[:-1]}ing")
    if word.endswith("y") and word[-2:-1] not in _VOWELS:
        return (f"{word[:-1]}ies", f"{word[:-1]}ied", f"{word}ing")
    plural = f"{word}es" if word.endswith(_HISS) else f"{word}s"
    forms = (plural, f"{word}ed", f"{word}ing")
    return (*forms, f"{word}{word[-1]}ed", f"{word}{word[-1]}ing") if _doubles(word) else forms


def _doubles(word: str) -> bool:
    """Tell whether the last consonant may double: "stop" stopped, "cancel" cancelled."""
    if len(word) < len("cvc"):
        return False
    return word[-1] in "bdglmnprt" and word[-2] in _VOWELS and word[-3] not in _VOWELS

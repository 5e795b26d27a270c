"""Who speaks in an article: union, company, regulator, government, media or another."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

ROLES = ("union", "company", "regulator", "government", "media", "other")


def _compiled(words_by_role: Mapping[str, tuple[str, ...]]) -> Mapping[str, re.Pattern[str]]:
    return {role: re.compile("|".join(words), re.IGNORECASE) for role, words in words_by_role.items()}


# What a source says of its own kind. A press release is nobody's in particular: the publisher or the text decides.
_KIND_WORDS = _compiled(
    {
        "union": (r"union|strike (?:news|bulletin)|labou?r council",),
        "company": (r"employer|company|corporate|management|plan statement",),
        "regulator": (r"agency|regulator|enforcement|licensing|watchdog",),
        "government": (r"legislat|government|governor|court|parliament|bill\b",),
        "media": (r"news|wire|feature|column|editorial|opinion|blog|radio|broadcast|analysis|interview",),
    }
)
_NAME_WORDS = _compiled(
    {  # in this order: a union's bulletin is the union's
        "union": (
            r"\bunions?\b",
            r"\bworkers (?:united|of america)\b",
            r"\bteamsters\b",
            r"\bfederation of (?:teachers|labor|nurses)\b",
            r"\bnurses (?:association|united)\b",
            r"\blocal \d+\b",
            r"\bbrotherhood of\b",
            r"\b(?:afl-?cio|SEIU|NUHW|AFSCME|unite here)\b",
        ),
        "regulator": (
            r"\bregulators?\b",
            r"\bdepartment of (?:managed health care|insurance|(?:public )?health|labor|industrial relations)\b",
            r"\b(?:labor|employment) relations (?:board|commission)\b",
            r"\b(?:commission(?:er)?|ombudsman|inspectorate|agency notice|care quality)\b",
            r"\b(?:DMHC|NLRB|PERB|CMS)\b",
        ),
        "government": (
            r"\b(?:attorney general|governor|white house|court|ministry|government|parliament)\b",
            r"\b(?:legislat\w+|senat(?:e|or)|assembly|congress\w*)\b",
            r"\b(?:department|city|county) of\b",
        ),
        "media": (
            r"\bnews\w*",
            r"\b(?:times|post|tribune|journal|herald|gazette|chronicle|ledger|star|observer|guardian|review|bulletin)\b",
            r"\b(?:radio|television|TV|wire|magazine|daily|weekly|media|broadcast\w*|trade brief)\b",
            r"\bpress\b(?! (?:office|release))",
        ),
        "company": (
            r"\b(?:employer|company|inc|corp(?:oration)?|llc|ltd|plc)\b",
            r"\b(?:health (?:plan|system|care|services)|hospitals?|medical (?:center|group)|permanente)\b",
        ),
    }
)
_RELEASE = re.compile(
    r"for immediate release|^\W*(?:press|news|media) release\b|^\W*# ?# ?#\W*$|(?:press|media) contacts?:",
    re.IGNORECASE | re.MULTILINE,
)
_IN_EVERY_RELEASE = ("release", "#", "contact")  # one of them, where the pattern above is to match
_UNION_SPEAKS = re.compile(
    r"\bis an? (?:\w+[- ]){0,4}union\b|"
    r"\b(?:hardship|strike) fund\b|"
    r"\bour (?:bargaining committee|picket lines?)\b|"
    r"\bunion (?:members|siblings),? we\b|"
    r"\brepresents (?:\w+ ){0,2}[\d,]+ (?:\w+ ){0,4}(?:workers|members|employees|nurses|professionals)\b",
    re.IGNORECASE,
)
_COMPANY_SPEAKS = re.compile(
    r"^about [A-Z][\w&. ]{2,60}\n|"
    r"\bis (?:a|the) leading (?:\w+ ){0,3}(?:provider|plan|system|company)\b|"
    r"\binvestor relations\b|"
    r"\bis an? (?:\w+[- ]){0,4}(?:health plan|health system|employer) (?:serving|with|that serves)\b",
    re.IGNORECASE | re.MULTILINE,
)
_FURNITURE_CHARS = 3_000  # a release says what it is at its head and foot


@dataclass(frozen=True, kw_only=True, slots=True)
class Publishers:
    """Publishers that are known beforehand."""

    role_by_name: Mapping[str, str] = field(default_factory=dict)  # lower-case name or other name -> role
    role_by_host: Mapping[str, str] = field(default_factory=dict)  # "nuhw.org", without www -> role
    name_by_host: Mapping[str, str] = field(default_factory=dict)  # "nuhw.org" -> name


def publisher_role(*, publisher: str, kind: str, host: str, text: str, known: Publishers) -> str:
    """Return who speaks, surest sign first: known host or name, the stated kind, the name's form, the text's form."""
    if role := known.role_by_host.get(host) or known.role_by_name.get(publisher.strip().lower()):
        return role
    stated = kind.replace("_", " ").replace("-", " ")
    if role := _first(_KIND_WORDS, re.sub(r"(?:press|news|media) release", "", stated, flags=re.IGNORECASE)):
        return role
    if role := _first(_NAME_WORDS, publisher):
        return role
    return _role_of_text(text, is_release="release" in stated.lower())


def _is_release(furniture: str) -> bool:
    folded = furniture.casefold()
    return any(word in folded for word in _IN_EVERY_RELEASE) and _RELEASE.search(furniture) is not None


def _first(words_by_role: Mapping[str, re.Pattern[str]], text: str) -> str:
    return next((role for role, words in words_by_role.items() if words.search(text)), "")


def _role_of_text(text: str, *, is_release: bool) -> str:
    furniture = text[:_FURNITURE_CHARS] + "\n" + text[-_FURNITURE_CHARS:]
    if not (is_release or _is_release(furniture)):
        return "other"
    if _UNION_SPEAKS.search(furniture):
        return "union"
    return "company" if _COMPANY_SPEAKS.search(furniture) else "other"

"""Who says so: the speaker in the sentence, else in its paragraph, else the one who published."""

import re2

from bot.core.events.page import Page, SentenceView
from bot.core.model import Article, Name
from bot.core.text.cast import Cast

_SPEAKING = (
    r"(?:said|says|saying|told|tells|claim(?:s|ed|ing)?|alleg(?:e|es|ed|ing)|accus(?:e|es|ed|ing)|argu(?:e|es|ed|ing)"
    r"|announc(?:e|es|ed|ing)|report(?:s|ed)|wrote|stated|complain(?:s|ed)|insist(?:s|ed)|warn(?:s|ed)|add(?:s|ed)"
    r"|according to)"
)
_CUE = re2.compile(rf"\b{_SPEAKING}\b".encode())
_NAME = r"(?:[A-Z][A-Za-z.'’-]+ ){1,3}[A-Z][A-Za-z'’-]+|[A-Z][A-Za-z'’-]+"
_PERSON = re2.compile(
    rf"(?:\b(?:[Ss]aid|[Ss]ays|[Aa]ccording to|told) )({_NAME})"
    rf"|({_NAME}),? (?:[^.;:]*?, )?(?:said|says|told|added|wrote|claimed)\b"
)
_REACH_CHARS = 80  # how far from the verb of saying its subject may stand


def attribute(view: SentenceView, page: Page, cast: Cast, article: Article) -> str:
    """Return the name of whoever says what the sentence tells; empty when the article speaks for nobody."""
    own = _speaker(view, cast, article.text)
    if own:
        return own
    if view.sentence.within_quote or _is_quoted(view, article.text):
        for other in page.views[max(0, view.index - 3) : view.index + 3]:
            if other.sentence.paragraph == view.sentence.paragraph and (found := _speaker(other, cast, article.text)):
                return found
    return article.publisher


def _is_quoted(view: SentenceView, text: str) -> bool:
    return text[view.start] in "\"“‘'"


def _speaker(view: SentenceView, cast: Cast, text: str) -> str:
    cue = _CUE.search(view.copy)
    if cue is None:
        return ""
    at = view.start + cue.start()
    named = [name for name in cast.named(view.start, view.end) if name.kind != "place"]
    near = [name for name in named if _distance(name, at) <= _REACH_CHARS]
    if near:
        return min(near, key=lambda name: _distance(name, at)).name
    person = _PERSON.search(text[view.start : view.end])
    return (person.group(1) or person.group(2)) if person else ""


def _distance(name: Name, at: int) -> int:
    return max(name.start - at, at - name.end, 0)

"""Pages that answer but are no article: walls, stubs, errors and challenges."""

import re

from bot.sources.parsed import Page

_SHORT_CHARS = 900  # an article that only mentions cookies or subscriptions is longer than a notice about them
_ERROR_CHARS = 400  # of a page that is only an error or a challenge; articles speak of denied access too
_NOTICE_CHARS = 2_500  # the longest consent notices
_MIN_CONSENT_SHARE = 0.04  # of words; a news text on privacy law stays under 0.02
_MIN_CONSENT_WORDS = 4

_CHALLENGE = re.compile(
    r"just a moment\b|attention required!|pardon our interruption|incapsula incident|ddos protection by|"
    r"checking (?:if the site connection is secure|your browser)|"
    r"verif(?:y|ying) (?:that )?you are (?:a )?human|are you a (?:robot|human)\b|bot verification|"
    r"enable javascript and cookies|complete the (?:captcha|security check)|press (?:and|&) hold to confirm|"
    r"unusual (?:traffic|activity) from|^access denied|access to this page has been denied|you have been blocked",
    re.IGNORECASE | re.MULTILINE,
)
_ERROR = re.compile(
    r"\b(?:404|410)\b.{0,20}(?:not found|gone|error)|"
    r"\bpage (?:not|(?:was|is|could|can) ?not|(?:was|is|could)n't|can't)(?: be)? (?:found|available)|"
    r"\bpage (?:you(?:'re| are) looking for|you requested) |"
    r"\b(?:403 forbidden|500 internal server error)|internal server error|too many requests|"
    r"\b50[234] (?:bad gateway|service (?:temporarily )?unavailable|gateway time-?out)|"
    r"^service (?:is )?(?:temporarily )?unavailable|down for (?:scheduled )?maintenance|something went wrong|"
    r"(?:site|page) is (?:temporarily )?(?:down|under maintenance)|error establishing a database connection|"
    r"this (?:article|story|page) (?:has been removed|is no longer available)",
    re.IGNORECASE | re.MULTILINE,
)
_CONSENT = re.compile(
    r"\b(?:cookies?|consent|partners|personal data|tracking|privacy|gdpr|preferences|vendors)\b", re.IGNORECASE
)
_CONSENT_ACT = re.compile(r"\b(?:accept|reject|agree|allow|manage|continue without)\b", re.IGNORECASE)
_PAYWALL = re.compile(
    r"(?:subscribe|sign up|log ?in|sign in|register)(?: now| today)? (?:to|for)(?: \w+){0,3}"
    r" (?:continue|keep|read|access|unlock)|"
    r"to (?:continue|keep) reading|already a (?:subscriber|member)|subscribers?[- ]only|"
    r"(?:article|story|content) is (?:only |exclusively )?(?:available )?(?:for|to) (?:our )?(?:\w+ )?"
    r"(?:subscribers|members)|"
    r"you(?:'ve| have) (?:reached|read) (?:your|all)\b.{0,40}(?:articles|limit)|"
    r"unlock (?:this|the full) (?:article|story)",
    re.IGNORECASE,
)


def why_no_article(page: Page) -> str:
    """Return why the page is no article, in words for a person; "" when it is one."""
    text = page.text.strip()
    start = f"{page.title}\n{text[:_SHORT_CHARS]}"
    is_short, is_tiny = len(text) <= _SHORT_CHARS, len(text) <= _ERROR_CHARS
    if is_tiny and _CHALLENGE.search(start):
        return "the site asks for proof of a human (challenge page): it blocks bots; use its feed, or ask for access"
    if is_tiny and _ERROR.search(start):
        return "the page says that it is missing or broken, though it was answered like an article"
    if _is_consent_notice(text):
        return "the page is a cookie or consent notice, not the article"
    if is_short and (page.paywalled or _PAYWALL.search(start)):
        return "only the opening is free (paywall): the article's text is not there"
    if not text:
        return "no article text was found on the page"
    return ""


def _is_consent_notice(text: str) -> bool:
    if len(text) > _NOTICE_CHARS or not _CONSENT_ACT.search(text):
        return False
    consent = len(_CONSENT.findall(text))
    return consent >= _MIN_CONSENT_WORDS and consent >= _MIN_CONSENT_SHARE * len(text.split())

"""Which country's usage a text follows: its order of day and month, its holidays, its fiscal year."""

import re
from collections import Counter

DEFAULT = "US"
_CUES = {
    "GB": r"£|\b(?:NHS|UK|Britain|British|England|Scotland|Wales|BMA|RCN|Whitehall|GP practice)\b",
    "IE": r"\b(?:HSE|Ireland|Irish|Dublin|INMO|Taoiseach)\b",
    "CA": r"C\$|\b(?:Canada|Canadian|Ontario|Alberta|Quebec|British Columbia|Manitoba|Nova Scotia)\b",
    "AU": r"A\$|\b(?:Australian?|Queensland|NSW|New South Wales)\b",
    "US": r"(?<![A-Z])\$|\bU\.S\.|\b(?:California|US|United States|Medicare|Medicaid|NLRB|Gov\.|Sen\.)",
}
_BY_COUNTRY = {country: re.compile(cues) for country, cues in _CUES.items()}
MIN_CUES = 2  # one mention of a country does not make an article its own


def country_of(text: str) -> str:
    """Return the ISO 3166 code of the country whose usage the text most likely follows; `DEFAULT` in doubt."""
    counts = Counter({country: len(cues.findall(text)) for country, cues in _BY_COUNTRY.items()})
    country, most = counts.most_common(1)[0]
    return country if most >= MIN_CUES and most > counts[DEFAULT] else DEFAULT

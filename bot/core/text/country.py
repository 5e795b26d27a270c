"""Which country's usage a text follows: its order of day and month, its holidays, its fiscal year."""

import re
from collections import Counter

DEFAULT = "US"
_CUES = {
    "GB": r"£|\bNHS\b|\bUK\b|\bBritain\b|\bBritish\b|\bEngland\b|\bScotland\b|\bWales\b|\bBMA\b|\bRCN\b|\bWhitehall\b|\bGP practice",
    "IE": r"\bHSE\b|\bIreland\b|\bIrish\b|\bDublin\b|\bINMO\b|\bTaoiseach\b",
    "CA": r"C\$|\bCanada\b|\bCanadian\b|\bOntario\b|\bAlberta\b|\bQuebec\b|\bBritish Columbia\b|\bManitoba\b|\bNova Scotia\b",
    "AU": r"A\$|\bAustralian?\b|\bQueensland\b|\bNSW\b|\bNew South Wales\b|\bVictorian government\b",
    "US": r"\$|\bCalifornia\b|\bU\.S\.|\bUS\b|\bUnited States\b|\bMedicare\b|\bMedicaid\b|\bNLRB\b|\bGov\.|\bSen\.",
}
_BY_COUNTRY = {country: re.compile(cues) for country, cues in _CUES.items()}
MIN_CUES = 2  # one mention of a country does not make an article its own


def country_of(text: str) -> str:
    """Return the ISO 3166 code of the country whose usage the text most likely follows; `DEFAULT` in doubt."""
    counts = Counter({country: len(cues.findall(text)) for country, cues in _BY_COUNTRY.items()})
    country, most = counts.most_common(1)[0]
    return country if most >= MIN_CUES and most > counts[DEFAULT] else DEFAULT

"""How amounts of money are written: signs, words, nations, hundredths."""

from collections.abc import Mapping

CURRENCY_SIGNS: Mapping[str, str] = {
    "$": "USD", "£": "GBP", "€": "EUR", "¥": "JPY", "₹": "INR", "₩": "KRW", "₡": "CRC", "₾": "GEL", "₭": "LAK",
    "₱": "PHP", "₪": "ILS", "₫": "VND", "₦": "NGN", "₴": "UAH", "₺": "TRY", "₽": "RUB", "₿": "BTC", "元": "CNY",
}  # fmt: skip
DOLLARS: Mapping[str, str] = {
    "us": "USD", "u.s": "USD", "usd": "USD", "c": "CAD", "ca": "CAD", "cad": "CAD", "cdn": "CAD", "a": "AUD",
    "au": "AUD", "aud": "AUD", "nz": "NZD", "hk": "HKD", "r": "BRL", "s": "SGD", "nt": "TWD",
}  # fmt: skip
CURRENCY_WORDS: Mapping[str, str] = {
    "dollar": "USD", "dollars": "USD", "usd": "USD", "buck": "USD", "bucks": "USD", "pound": "GBP", "pounds": "GBP",
    "gbp": "GBP", "sterling": "GBP", "euro": "EUR", "euros": "EUR", "eur": "EUR", "cad": "CAD", "aud": "AUD",
    "yen": "JPY", "jpy": "JPY", "rupee": "INR", "rupees": "INR", "inr": "INR", "yuan": "CNY", "cny": "CNY",
    "franc": "CHF", "francs": "CHF", "lira": "TRY", "rand": "ZAR", "krona": "SEK", "kronor": "SEK", "krone": "NOK",
    "kroner": "NOK", "rouble": "RUB", "roubles": "RUB", "ruble": "RUB", "rubles": "RUB", "bitcoin": "BTC",
    "bitcoins": "BTC", "btc": "BTC", "peseta": "ESP", "pesetas": "ESP", "nzd": "NZD", "hkd": "HKD", "sgd": "SGD",
    "rmb": "CNY", "renminbi": "CNY", "chf": "CHF", "peso": "MXN", "pesos": "MXN", "won": "KRW", "krw": "KRW",
    "zar": "ZAR", "rs": "INR", "naira": "NGN", "ngn": "NGN", "shilling": "KES", "shillings": "KES", "ksh": "KES",
    "kes": "KES", "ringgit": "MYR", "dirham": "AED", "dirhams": "AED", "riyal": "SAR", "riyals": "SAR", "taka": "BDT",
    "cedi": "GHS", "cedis": "GHS", "zloty": "PLN", "forint": "HUF", "forints": "HUF", "baht": "THB", "pln": "PLN",
}  # fmt: skip
NATIONS: Mapping[str, Mapping[str, str]] = {
    "canadian": {"dollar": "CAD", "dollars": "CAD"},
    "australian": {"dollar": "AUD", "dollars": "AUD"},
    "american": {"dollar": "USD", "dollars": "USD"},
    "us": {"dollar": "USD", "dollars": "USD"},
    "british": {"pound": "GBP", "pounds": "GBP"},
    "swiss": {"franc": "CHF", "francs": "CHF"},
    "turkish": {"lira": "TRY"},
}
# A letter that is a sign where it touches its number: R900,000.
GLUED_SIGNS: Mapping[str, str] = {"r": "ZAR", "rm": "MYR", "n": "NGN", "rs": "INR", "sh": "KES", "ksh": "KES"}
# Hundredths of a currency, told by their own word.
HUNDREDTHS: Mapping[str, str] = {"cent": "USD", "cents": "USD", "pence": "GBP", "penny": "GBP", "pennies": "GBP"}

import pytest

from bot.sources.page_checks import why_no_article
from bot.sources.parsed import Page

NEWS = "The union said on Thursday that the plan had again left patients without the visits that the law asks for. "


@pytest.mark.parametrize(
    ("title", "text", "reason"),
    [
        ("Just a moment...", "Enable JavaScript and cookies to continue", "challenge"),
        ("Access Denied", "You don't have permission to access this server. Reference #18", "challenge"),
        ("Attention Required! | Cloudflare", "Sorry, you have been blocked", "challenge"),
        ("", "Please verify you are human by completing the action below.", "challenge"),
        ("Page not found", "The page you are looking for may have moved.", "missing or broken"),
        ("404", "404 - Not Found", "missing or broken"),
        ("Oops", "This page can't be found.", "missing or broken"),
        ("", "Service Unavailable", "missing or broken"),
        ("", "Error establishing a database connection", "missing or broken"),
        ("Talks fail", "The talks failed. Subscribe now to continue reading.", "paywall"),
        ("Talks fail", "The talks failed. Already a subscriber? Log in.", "paywall"),
        ("Talks fail", "This story is for our subscribers.", "paywall"),
        ("", "   ", "no article text"),
    ],
)
def test_what_is_no_article_is_called_what_it_is(title: str, text: str, reason: str) -> None:
    assert reason in why_no_article(Page(title=title, text=text))


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Patients say access denied at three clinics", NEWS * 4),
        ("Crisis line: service unavailable for two days", NEWS * 4),
        ("Too many requests for therapy, too few therapists", NEWS * 4),
        ("Members-only meeting decides on the strike", NEWS * 2),
        ("Something went wrong in Fresno, a report finds", NEWS * 4),
        ("Plan must ask for consent before it shares data", NEWS * 5 + "Privacy and consent are at stake, it said."),
        ("Regulator allows cookies", NEWS * 8 + "Cookies, consent, tracking and privacy: partners must agree."),
        ("Short but news", NEWS),
    ],
)
def test_news_that_speaks_of_such_things_stays_news(title: str, text: str) -> None:
    assert why_no_article(Page(title=title, text=text)) == ""


def test_a_page_that_says_it_is_not_all_free_is_a_stub_only_when_it_is_short() -> None:
    assert "paywall" in why_no_article(Page(title="x", text=NEWS, paywalled=True))
    assert why_no_article(Page(title="x", text=NEWS * 12, paywalled=True)) == ""

"""What the rules that need time say of the dispute, day by day, against the gold answers."""

from datetime import date
from functools import cache

from tests.acceptance.corpus_replay import Replayed, differences, gold_rows, replay_corpus

NOT_READ_YET = {
    # What a row rests on, where the words are not read: the rule is right, the article's sentence is missed.
    (
        "access-claims-clash",
        date(2025, 1, 30),
    ): "the employer's statement names no employer, and nothing but the history says whose it is",
    (
        "access-claims-clash",
        date(2025, 3, 5),
    ): "the brief has no date; by its words it came out by 10 March, and not before that day is it known",
}


@cache
def corpus() -> Replayed:
    return replay_corpus()


def test_the_corpus_says_what_an_analyst_would_have_said_on_each_day() -> None:
    rows = [row for row in gold_rows() if row.must]
    found = differences(rows, corpus().alerts)
    unexpected = [each for each in found if (each.row.rule, each.row.first) not in NOT_READ_YET]
    assert unexpected == [], "\n" + "\n".join(map(str, unexpected))


def test_nothing_is_said_on_a_day_on_which_silence_is_right() -> None:
    silent = [row for row in gold_rows() if row.must and row.state == "silent"]
    found = differences(silent, corpus().alerts)
    assert found == [], "\n" + "\n".join(map(str, found))
    assert len(silent) > 30


def test_every_alert_shows_words_that_stand_in_its_article() -> None:
    texts = {article.key: article.text for article in corpus().articles}
    for alert in corpus().alerts:
        for cited in alert.citations:
            assert texts[cited.article][cited.start : cited.end] == cited.quote

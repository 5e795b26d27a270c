"""What the rules that need time say of the dispute, day by day, against the gold answers."""

from functools import cache

from tests.acceptance.corpus_replay import Replayed, differences, gold_rows, replay_corpus, undated_briefs


@cache
def corpus() -> Replayed:
    """Replay the corpus with each brief on the day on which the gold answers put it."""
    return replay_corpus(undated_briefs())


def test_the_corpus_says_what_an_analyst_would_have_said_on_each_day() -> None:
    found = differences([row for row in gold_rows() if row.must], corpus().alerts)
    assert found == [], "\n" + "\n".join(map(str, found))


def test_without_the_days_of_undated_briefs_all_that_rests_on_others_comes_out_the_same() -> None:
    undated = frozenset(undated_briefs())
    rows = [row for row in gold_rows() if row.must and not row.briefs & undated]
    found = differences(rows, replay_corpus({}).alerts)
    assert found == [], "\n" + "\n".join(map(str, found))
    assert len(rows) > 90


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

"""`bot rules suggest`: what would have kept a rule quiet about a false alarm, as a patch."""

import sys
from collections.abc import Mapping

from bot.cli import wiring
from bot.core.model import Event, Outcome
from bot.core.rules.proof import prove
from bot.core.rules.rulebook import load_rulebook
from bot.core.rules.suggest import Suggestion, suggest
from bot.history.queries import AlertFilter, StoredAlert, read_alert, read_event, stream_alerts
from bot.rule_files import read_rule_files


def show(alert: str) -> int:
    """Print the patch on standard output and what it rests on beside it; return the exit status."""
    read = wiring.load_settings()
    files = read_rule_files(read.rules_dir)
    with wiring.open_house(read) as house, house.engine.connect() as connection:
        stored = read_alert(connection, alert)
        cited = stored.alert.citations[:1] if stored else ()
        event = read_event(connection, cited[0].event) if cited else None
        if stored is None or event is None:
            return _told(f"there is no alert {alert} with words of an article; see `bot alerts`", status=1)
        others = [
            other
            for kept in stream_alerts(connection, AlertFilter(rule=stored.alert.rule, outcome=Outcome.ALERT))
            if kept.alert.id != stored.alert.id and not is_false_alarm(kept) and kept.alert.citations
            if (other := read_event(connection, kept.alert.citations[0].event)) is not None
        ]
        rule = next((rule for rule in house.rules.book.rules if rule.id == stored.alert.rule), None)
    if rule is None:
        return _told(f"the rule {stored.alert.rule} is not among the files any more", status=1)
    proposed = _propose(rule.path, files[rule.path], event, others, stored)
    sys.stdout.write(proposed.patch)
    return _told(f"{proposed.reason}\n{_verified(house.rules, files, rule.path, rule.id, proposed)}", status=0)


def is_false_alarm(stored: StoredAlert) -> bool:
    """Say whether a person called it one and nobody took that back."""
    judged = [made.kind for made in stored.dispositions if made.kind in {"false_alarm", "undone"}]
    return judged[-1:] == ["false_alarm"]


def _propose(path: str, content: str, event: Event, others: list[Event], stored: StoredAlert) -> Suggestion:
    published = event.published.first if event.published else None
    sentence = stored.alert.citations[0].sentence
    return suggest(path, content, event, others, sentence=sentence, published=published)


def _verified(rules: wiring.Rules, files: Mapping[str, str], path: str, rule_id: str, proposed: Suggestion) -> str:
    book = load_rulebook({**files, path: proposed.text}, rules.book.event_types)
    rule = next((rule for rule in book.rules if rule.id == rule_id), None)
    if rule is None:
        return "with the patch the file does not load: " + "; ".join(str(fault) for fault in book.faults)
    failed = [proof for proof in prove(rule, book, rules.extractor.extract) if not proof.holds]
    if not failed:
        return f"checked: with the patch all {len(rule.tests)} tests of the rule hold"
    return f"with the patch {len(failed)} of {len(rule.tests)} tests fail: edit it by hand before you apply it"


def _told(words: str, *, status: int) -> int:
    print(words, file=sys.stderr)  # noqa: T201 - beside the patch
    return status

"""What a rule author should know before a rule runs: dead clauses, and proofs that are missing."""

from collections.abc import Callable, Iterator

from bot.core.model import Outcome
from bot.core.rules.clauses import Slots
from bot.core.rules.language import Match, Rule, Selector
from bot.core.rules.rulebook import Rulebook
from bot.core.rules.template import PLACEHOLDERS
from bot.errors import Fault


def warnings(rulebook: Rulebook) -> tuple[Fault, ...]:
    """Return what is allowed and yet probably not meant, each at its place, sorted."""
    slots = rulebook.dictionary().slots_for
    return tuple(sorted({warning for rule in rulebook.rules for warning in (*_of_rule(rule), *_of_lists(rule, slots))}))


def _of_lists(rule: Rule, slots_for: Callable[[tuple[str, ...]], Slots]) -> Iterator[Fault]:
    for selector in rule.selectors:
        slots = slots_for(selector.types)
        for condition in (selector.when, selector.unless):
            for name, words in condition.lists if condition else ():
                values = slots[name].values
                if len(values) > 1 and words.issuperset(values):
                    told = f"'{name}' names every value there is, so it asks only whether one is given: write 'given'"
                    yield Fault(path=rule.path, line=selector.line, column=1, message=told)


def _of_rule(rule: Rule) -> Iterator[Fault]:
    if {rule.why, rule.law, *(test.text for test in rule.tests)} & set(PLACEHOLDERS):
        yield _at(rule, "the template's words still stand under 'why', 'law' or 'tests'")
    expected = {test.expect for test in rule.tests}
    if Outcome.ALERT not in expected:
        yield _at(rule, "no test expects an alert; add the words that must set it off")
    if not expected & {Outcome.NO_ALERT, Outcome.REVIEW}:
        yield _at(rule, "no test expects silence; add the near miss that must not set it off")
    for selector in rule.selectors:
        yield from _of_selector(rule, selector)
    if not rule.law and rule.path.startswith("rules/timely-access/"):
        yield _at(rule, "no law is cited; say on what the limit rests")


def _of_selector(rule: Rule, selector: Selector) -> Iterator[Fault]:
    when, unless = selector.when, selector.unless
    if when is None or unless is None:
        return
    twice = (when.slots & unless.slots) - {"stance"}
    for slot in sorted(twice):
        words = f"'{slot}' stands under 'when' and under 'unless'; one of them decides alone"
        yield Fault(path=rule.path, line=selector.line, column=1, message=words)
    if isinstance(rule.kind, Match) and "background" in when.slots:
        words = "'background' under 'when' is dead: history sets off no match rule"
        yield Fault(path=rule.path, line=selector.line, column=1, message=words)


def _at(rule: Rule, message: str) -> Fault:
    return Fault(path=rule.path, line=rule.line, column=1, message=message)

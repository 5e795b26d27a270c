"""Every mistake that an analyst can make in a rule file is named at its line and column, with what to do."""

# ruff: noqa: E501  # a table of messages reads best one to a line

import pytest

from bot.core.rules.rulebook import load_rulebook
from tests.unit.rules.books import ROOT, TYPES

PATH = "rules/timely-access/long-wait.yaml"
GOOD = """\
rule: long-wait
title: Long wait
status: active
severity: high
why: Because.
in_force: {from: 2022-07-01}
match:
  event: wait
  when:
    wait: "> 10 business days"
  unless:
    visit: urgent
alert:
  once_per: [organisation, region]
  again_after: 30 days
  channel: access
  say: "{organisation}: {wait}"
tests:
  - event: {wait: 30 days}
    expect: alert
"""
CHANNELS = 'default: access\nchannels:\n  access: {to: "#x"}\n'
DEADLINE = """\
rule: long-wait
title: x
why: x
deadline:
  starts_with: {event: plan, when: {status: ordered}}
  due: 90 days
  met_by: {event: plan, when: {status: approved}}
alert: {channel: access, say: x}
"""
CONTRADICTION = """\
rule: long-wait
title: x
why: x
contradiction:
  of: {event: cancellation}
  slot: count
alert: {channel: access, say: x}
"""

ABSENCE = """\
rule: long-wait
title: x
why: x
absence:
  of: {event: session, when: {status: held}}
  for: 14 days
  while:
    started_by: {event: strike, when: {status: started}}
alert: {channel: access, say: "{days}"}
"""
COUNT = """\
rule: long-wait
title: x
why: x
count:
  of: {event: cancellation}
  at_least: 3
  within: 30 days
  per: [organisation]
alert: {channel: access, say: "{count}"}
"""
CHANGE = """\
rule: long-wait
title: x
why: x
change:
  of: {event: term}
  slot: hours
  by: publisher_role
alert: {channel: access, say: "{values}"}
"""


def faults(text: str, path: str = PATH) -> list[str]:
    files = {path: text, "rules/channels.yaml": CHANNELS}
    for shared in ("calendars", "entities"):
        files[f"rules/{shared}.yaml"] = (ROOT / "rules" / f"{shared}.yaml").read_text(encoding="utf-8")
    return [str(fault) for fault in load_rulebook(files, TYPES).faults]


def at(line: int, column: int, message: str) -> str:
    return f"{PATH}:{line}:{column}: {message}"


def planted(old: str, new: str, base: str = GOOD) -> str:
    assert base.count(old) == 1, old
    return base.replace(old, new)


TABLE = [
    ("a slot that does not exist", planted("    wait:", "    wiat:"), 10, 5, "wait has no slot 'wiat'; did you mean 'wait'?"),
    ("an unknown event type", planted("event: wait", "event: wiat"), 8, 10, "there is no event type 'wiat'; did you mean 'wait'?"),
    ("an unknown key", planted("severity: high", "severty: high"), 4, 1, "unknown key 'severty' in 'rule'; did you mean 'severity'?"),
    ("an unknown severity", planted("high", "hihg"), 4, 11, "'hihg' is no severity; did you mean 'high'?"),
    ("an unknown status", planted("active", "on"), 3, 9, "'on' is no status; one of active, draft"),
    ("a limit without a unit", planted('"> 10 business days"', '"> 10"'), 10, 11, "'wait' is a duration: '10' is no length of time; write a number and minutes, hours, days, business days, weeks, months or years"),
    ("an unknown unit", planted("10 business days", "10 fortnights"), 10, 11, "'wait' is a duration: 'fortnights' is no unit of time; write minutes, hours, days, business days, weeks, months or years"),
    ("a limit in words", planted('"> 10 business days"', "long"), 10, 11, "'wait' is a duration: 'long' is no length of time; write a number and minutes, hours, days, business days, weeks, months or years"),
    ("a range with a sign", planted("> 10 business days", "> 2 to 3 weeks"), 10, 11, "'> 2 to 3 weeks': a range takes no '>'; write one number"),
    ("a range that runs backwards", planted("> 10 business days", "3 to 2 weeks"), 10, 11, "'wait' is a duration: '3 to 2 weeks' runs backwards"),
    ("a range of two units", planted("> 10 business days", "2 days to 3 weeks"), 10, 11, "'wait' is a duration: '2 days to 3 weeks' mixes the units day and week"),
    ("an unknown label", planted("visit: urgent", "visit: urgnt"), 12, 12, "'urgnt' is no value of 'visit'; did you mean 'urgent'?"),
    ("a list that is empty", planted("visit: urgent", "visit: []"), 12, 12, "the list for 'visit' is empty; it could never be met"),
    ("an unknown stance", planted("visit: urgent", "stance: aleged"), 12, 13, "'aleged' is no value of 'stance'; did you mean 'alleged'?"),
    ("an unknown entity", planted("visit: urgent", "organisation: kaiser-permanent"), 12, 19, "'kaiser-permanent' is no entity; did you mean 'kaiser-permanente'?"),
    ("a flag that is none", planted("visit: urgent", "background: maybe"), 12, 17, "'background' is a flag: write true or false, not 'maybe'"),
    ("a date that is none", planted("visit: urgent", "happened: yesterday"), 12, 15, "'yesterday' is no date for 'happened'; write future, past, today, today or later, today or earlier, before 2025-01-01, 2025-01-01 to 2025-06-30"),
    ("a join under a slot that is none", planted("visit: urgent", "visit: {nto: urgent}"), 12, 13, "'nto' cannot stand under 'visit'; did you mean 'not'?"),
    ("any without a list", planted("visit: urgent", "any: {visit: urgent}"), 12, 10, "'any' needs a list of clauses"),
    ("clauses that are a word", planted("  unless:\n    visit: urgent", "  unless: urgent"), 11, 11, "'unless' needs keys with values"),
    ("a missing title", planted("title: Long wait\n", ""), 1, 1, "'title' is missing: A short headline."),
    ("a missing kind", "rule: long-wait\ntitle: x\nwhy: x\nalert: {channel: access, say: x}\n", 1, 1, "the rule has no kind; add one of match, count, absence, deadline, contradiction, change"),
    ("two kinds", planted("alert:\n", "change: {of: {event: term}, slot: hours}\nalert:\n"), 13, 1, "a rule has one kind; it has match and change"),
    ("an id that is not the file's name", planted("rule: long-wait", "rule: longwait"), 1, 7, "rule 'longwait' stands in a file called 'long-wait.yaml'; make them equal"),
    ("an id that is none", planted("rule: long-wait", "rule: Long_Wait"), 1, 7, "'Long_Wait' is no rule id; use small letters, digits and hyphens"),
    ("a key that stands twice", planted("severity: high", "severity: high\nseverity: low"), 5, 1, "key 'severity' stands twice; first on line 4"),
    ("a tag", planted("why: Because.", "why: !!python/object:os.system x"), 5, 6, "tag tag:yaml.org,2002:python/object:os.system is not allowed; write a plain value"),
    ("broken YAML", planted("why: Because.", "why: [Because."), 6, 9, "not readable as YAML: did not find expected ',' or ']'; a bracket is not closed, or a value with a comma, quote or bracket in it needs quotes"),
    ("a tab", planted("  event: wait", "\tevent: wait"), 8, 1, "not readable as YAML: found character that cannot start any token; a tab stands here: indent with spaces"),
    ("a limit without quotes", planted('wait: "> 10 business days"', "wait: > 10 days"), 10, 13, 'not readable as YAML: did not find expected comment or line break; a value that begins with > or | needs quotes, such as "> 10 days"'),
    ("a key without a colon", planted("title: Long", "title Long"), 3, 1, "not readable as YAML: could not find expected ':'; the line before has no colon after its key, or a quote is not closed"),
    ("a quote that is not closed", planted('say: "{organisation}: {wait}"', 'say: "{wait}'), 21, 1, "not readable as YAML: found unexpected end of stream; a quote that was opened is not closed"),
    ("a title with a colon", planted("title: Long wait", "title: Wait: long"), 2, 12, "not readable as YAML: mapping values are not allowed in this context; a value with a colon in it needs quotes around all of it"),
    ("an empty value", planted("why: Because.", "why: ''"), 5, 6, "'why' is empty"),
    ("a mapping where words belong", planted("why: Because.", "why: {a: b}"), 5, 6, "'why' needs one value"),
    ("a day that is none", planted("2022-07-01", "2022-13-01"), 6, 18, "'from' must be a day such as 2022-07-01, not '2022-13-01'"),
    ("an unknown key inside", planted("{from: 2022-07-01}", "{form: 2022-07-01}"), 6, 12, "unknown key 'form' in 'in_force'; did you mean 'from'?"),
    ("a length without a unit", planted("30 days\n  channel", "30\n  channel"), 15, 16, "'30' is no length of time; write a number and minutes, hours, days, business days, weeks, months or years"),
    ("again after no time", planted("again_after: 30 days", "again_after: 0 days"), 15, 16, "'0 days': write at least 1 day, or leave the key out"),
    ("a day instead of a window", planted("{from: 2022-07-01}", "2022-07-01"), 6, 11, "'in_force' needs keys with values, such as {from: …}"),
    ("tests that are an empty list", planted("tests:\n  - event: {wait: 30 days}\n    expect: alert", "tests: []"), 18, 8, "'tests' is an empty list; write at least one, or leave the key out"),
    ("a jurisdiction by name", planted("severity: high", "jurisdiction: California"), 4, 15, "'California' is no jurisdiction; write a country, or one with its state: US, US-CA, GB-ENG"),
    ("a length in months", planted("again_after: 30 days", "again_after: 1 month"), 15, 16, "'1 month' is no whole number of days or weeks; write it in days"),
    ("an unknown channel", planted("channel: access", "channel: acess"), 16, 12, "no channel is called 'acess' in channels.yaml; did you mean 'access'?"),
    ("a hole in say that is no slot", planted('{wait}"', '{wiat}"'), 17, 8, "'say' shows {wiat}, which is no slot of the event; did you mean 'wait'?"),
    ("a brace that is not closed", planted('{wait}"', '{wait"'), 17, 8, "'say' has a brace that is not closed"),
    ("a bracket that is not closed", planted('{wait}"', '[{wait}"'), 17, 8, "'say' has a bracket that is not closed"),
    ("brackets around plain words", planted('{wait}"', '[urgent]"'), 17, 8, "'say' has brackets without a value in them; brackets hold what needs one, as in [ to {agency}]"),
    ("one form of a word", planted('{wait}"', '{wait:day}"'), 17, 8, "'say' cannot read {wait:day}; write {slot}, {slot|words where it is not given} or {days:day/days}"),
    ("other words for a hole that is no slot", planted('{wait}"', '{wiat|a time}"'), 17, 8, "'say' shows {wiat}, which is no slot of the event; did you mean 'wait'?"),
    ("an unknown slot in once_per", planted("[organisation, region]", "[organisation, regoin]"), 14, 28, "'regoin' cannot keep histories apart; did you mean 'region'?"),
    ("a slot twice in once_per", planted("[organisation, region]", "[region, region]"), 14, 22, "'region' stands twice in 'once_per'"),
    ("a test without an outcome", planted("    expect: alert\n", ""), 19, 5, "'expect' is missing: What must come out."),
    ("a test of an unknown outcome", planted("expect: alert", "expect: alarm"), 20, 13, "'alarm' is no expect; did you mean 'alert'?"),
    ("a test with two inputs", planted("  - event: {wait: 30 days}", "  - event: {wait: 30 days}\n    text: x"), 19, 5, "a test needs exactly one of 'text', 'event' and 'history'"),
    ("a test's event with an unknown slot", planted("{wait: 30 days}", "{wiat: 30 days}"), 19, 13, "the event of this test has no slot 'wiat'; did you mean 'wait'?"),
    ("a test's event with a wrong value", planted("{wait: 30 days}", "{visit: someday}"), 19, 20, "'someday' is no visit; one of initial, follow_up, urgent"),
    ("an unknown calendar", planted("severity: high", "calendar: ca_stat"), 4, 11, "no calendar is called 'ca_stat'; did you mean 'ca_state'?"),
    ("raise_to an unknown severity", planted("  channel: access", "  raise_to: {worse: {wait: given}}\n  channel: access"), 16, 14, "'worse' is no severity; one of info, low, medium, high, critical"),
    ("a due that is no date slot", planted("due: 90 days", "due: satus", DEADLINE), 6, 8, "'due' must be a length or a date slot of plan, not 'satus'; it has happened, published"),
    ("a deadline without met_by", planted("  met_by: {event: plan, when: {status: approved}}\n", "", DEADLINE), 5, 3, "'met_by' is missing: What meets it."),
    ("a pair of three", planted("  slot: count", "  slot: count\n  opposites: [[a, b, c]]", CONTRADICTION), 7, 15, "'opposites' needs pairs such as [held, cancelled]"),
    ("a pair of a word that the slot never has", planted("of: {event: cancellation}\n  slot: count", "of: {event: strike}\n  slot: status\n  opposites: [[startd, ended]]", CONTRADICTION), 7, 15, "'startd' is no value of 'status'; did you mean 'started'?"),
    ("a law that ends before it begins", planted("{from: 2022-07-01}", "{from: 2022-07-01, to: 2022-06-30}"), 6, 34, "the law ends on 2022-06-30, before it begins on 2022-07-01"),
    ("reminders below none", planted("    expect: alert\n", "    expect: alert\n    reminders: -1\n"), 21, 16, "'reminders' must be a whole number of zero or more, not '-1'"),
    ("a contradiction on an unknown slot", planted("slot: count", "slot: coutn", CONTRADICTION), 6, 9, "cancellation has no slot 'coutn'; did you mean 'count'?"),
    ("a contradiction about nothing", planted("  slot: count\n", "", CONTRADICTION), 5, 3, "a contradiction needs 'slot' (on which two articles disagree) or 'against'"),
    ("raise_to what is no worse", planted("  channel: access", "  raise_to: {low: {wait: given}}\n  channel: access"), 16, 14, "'low' is no worse than the rule's own severity, high"),
    ("a hole in say that only another kind fills", planted('{wait}"', '{days}"'), 17, 8, "'say' shows {days}, which only absence and deadline rules fill"),
    ("an absence without its length", planted("  for: 14 days\n", "", ABSENCE), 5, 3, "'for' is missing: How long nothing may happen, counted from the last one."),
    ("a while without its beginning", planted("    started_by: {event: strike, when: {status: started}}", "    ended_by: {event: strike}", ABSENCE), 8, 5, "'started_by' is missing: What opens the time that is watched."),
    ("an unknown label of what begins", planted("status: started", "status: begun", ABSENCE), 8, 48, "'begun' is no value of 'status'; one of planned, started, ongoing, new_site, suspended, ended"),
    ("covered by a word that is no flag", planted("  for: 14 days", "  for: 14 days\n  only_if_covered: maybe", ABSENCE), 7, 20, "'only_if_covered' must be true or false, not 'maybe'"),
    ("a count without its window", planted("  within: 30 days\n", "", COUNT), 5, 3, "'within' is missing: How long the window is."),
    ("a count of none", planted("at_least: 3", "at_least: none", COUNT), 6, 13, "'at_least' must be a whole number above zero, not 'none'"),
    ("histories kept apart by what is no party", planted("[organisation]", "[organization]", COUNT), 8, 9, "'organization' cannot keep histories apart; did you mean 'organisation'?"),
    ("a change of an unknown slot", planted("slot: hours", "slot: ours", CHANGE), 6, 9, "term has no slot 'ours'; did you mean 'hours'?"),
    ("a change by an unknown slot", planted("by: publisher_role", "by: publisher", CHANGE), 7, 7, "term has no slot 'publisher'; did you mean 'published'?"),
    ("a stage without its words", planted("  due: 90 days", "  due: 90 days\n  stages: [{after: {event: plan}}]", DEADLINE), 7, 12, "'say' is missing: What is then said of it."),
    ("a reminder that is no length", planted("  due: 90 days", "  due: 90 days\n  remind: [a week]", DEADLINE), 7, 12, "'a week' is no length of time; write a number and minutes, hours, days, business days, weeks, months or years"),
    ("a grace that is no length", planted("  due: 90 days", "  due: 90 days\n  grace: soon", DEADLINE), 7, 10, "'soon' is no length of time; write a number and minutes, hours, days, business days, weeks, months or years"),
    ("moved by an unknown event", planted("  due: 90 days", "  due: 90 days\n  moved_by: {event: plna}", DEADLINE), 7, 21, "there is no event type 'plna'; did you mean 'plan'?"),
    ("a comparison of claims that is none", planted("  slot: count", "  slot: count\n  compare: always", CONTRADICTION), 7, 12, "'always' is no compare; one of happened, told, since"),
    ("a history that tells nothing", planted("  - event: {wait: 30 days}", "  - history: [{published: 2025-01-01}]"), 19, 15, "each article of a history needs 'text' or 'event'"),
    ("a history's event without its type", planted("  - event: {wait: 30 days}", "  - history: [{published: 2025-01-01, event: {wait: 30 days}}]"), 19, 46, "the event needs its 'type'"),
    ("a test of an unknown severity", planted("    expect: alert\n", "    expect: alert\n    severity: worst\n"), 21, 15, "'worst' is no severity; one of info, low, medium, high, critical"),
    ("an unproved mutant without a reason", GOOD + "unproved:\n  - mutant: x\n", 22, 5, "'because' is missing: Why no test can or need notice it."),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "line", "column", "message"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_a_fault_is_named_at_its_place_with_what_to_do(text: str, line: int, column: int, message: str) -> None:
    assert at(line, column, message) in faults(text)


def test_the_good_rule_has_no_fault() -> None:
    assert faults(GOOD) == []
    assert faults(DEADLINE) == []
    assert faults(CONTRADICTION) == []
    assert faults(ABSENCE) == []
    assert faults(COUNT) == []
    assert faults(CHANGE) == []


def test_all_faults_of_a_file_come_in_one_go_and_in_order() -> None:
    text = GOOD.replace("high", "hihg").replace("wait:", "wiat:").replace("{wait}", "{wiat}").replace("access", "acess")
    lines = [int(fault.split(":")[1]) for fault in faults(text)]
    assert lines == sorted(lines)
    assert set(lines) >= {4, 10, 16, 17}


def test_a_key_that_stands_twice_hides_none_of_the_faults_around_it() -> None:
    text = planted("severity: high", "severity: hihg\nseverity: low").replace("{wait}", "{wiat}")
    found = "\n".join(faults(text))
    assert "'hihg' is no severity" in found
    assert "key 'severity' stands twice" in found
    assert "wiat" in found


def test_a_rule_that_stands_in_two_files_is_a_fault_of_the_second() -> None:
    files = {PATH: GOOD, "rules/zebra/long-wait.yaml": GOOD}
    found = load_rulebook(files, TYPES)
    assert [str(fault) for fault in found.faults] == [
        f"rules/zebra/long-wait.yaml:1:1: rule 'long-wait' is already in {PATH}"
    ]
    assert [rule.path for rule in found.rules] == [PATH]


def test_words_that_yaml_would_guess_stay_words() -> None:
    text = planted("visit: urgent", "organisation: NO")
    assert at(12, 19, "'NO' is no entity; see rules/entities.yaml") in faults(text)


def test_more_aliases_than_a_person_writes_are_refused() -> None:
    text = GOOD + "".join(f"x{number}: *a\n" for number in range(30)).replace("x0: *a", "x0: &a b", 1)
    assert any("aliases (*name); at most" in fault for fault in faults(text))

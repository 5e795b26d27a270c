"""Rulebooks for tests: small event types and one rule of each kind."""

from dataclasses import replace
from functools import cache
from pathlib import Path

from bot.core.rules.load import load_rules
from bot.core.rules.rulebook import Rulebook, load_rulebook, strict
from tests.event_factories import event_type

ROOT = Path(__file__).parents[3]
TYPES = {
    kind.name: kind
    for kind in (
        event_type(
            "strike",
            status="label:planned started ongoing new_site suspended ended",
            participants="count",
            length="duration",
        ),
        event_type(
            "session",
            status="label:held scheduled none_scheduled cancelled postponed",
            outcome="labels:no_new_proposals ended_early full_day progress",
            next_date="date",
        ),
        event_type("mediation", status="label:asked scheduled began broken_off resumed", next_date="date"),
        event_type("plan", status="label:ordered filed revised approved not_produced"),
        event_type("wait", wait="duration", visit="label:initial follow_up urgent", statistic="label:average maximum"),
        event_type("cancellation", count="count"),
        event_type("claim", claim="label:timely untimely"),
        event_type("term", hours="duration"),
    )
}

ABSENCE = """\
absence:
  of: {event: [session, mediation], when: {status: [held, began, resumed, broken_off]}}
  for: 14 days
  per: [organisation, counterparty, region]
  while:
    started_by: {event: strike, when: {status: [started, ongoing]}}
    ended_by: {event: strike, when: {status: ended}}
alert: {again_after: 14 days, channel: alerts, say: "no session for {days} days since {since}"}
"""
DEADLINE = """\
deadline:
  starts_with: {event: mediation, when: {status: scheduled}}
  due: next_date
  met_by: {event: mediation, when: {status: [began, resumed]}}
  broken_by: {event: mediation, when: {status: broken_off}}
  moved_by: {event: session, when: {status: postponed}}
  remind: [7 days, 3 days, 1 day]
  per: [organisation, counterparty, region]
alert: {again_after: 7 days, channel: alerts, say: "mediation due {due}"}
"""
PLAN = """\
deadline:
  starts_with: {event: plan, when: {status: ordered}}
  due: 90 days
  met_by: {event: plan, when: {status: approved}}
  told_by: {event: plan, when: {status: not_produced}}
  otherwise: not produced
  stages:
    - {after: {event: plan, when: {status: [filed, revised]}}, say: "released, approval not seen"}
  per: [organisation]
alert: {again_after: 30 days, channel: alerts, say: "plan {days} days over: {stage}"}
"""
COUNT = """\
count:
  of: {event: cancellation}
  at_least: 3
  within: 30 days
  per: [organisation, region]
alert: {channel: alerts, say: "{count} cancellations from {since} to {until}"}
"""
DISAGREE = """\
contradiction:
  of: {event: cancellation}
  slot: count
  per: [organisation]
alert: {channel: alerts, say: "{values}"}
"""
CLASH = """\
contradiction:
  of: {event: claim, when: {claim: timely}}
  against: {event: [wait, cancellation]}
  within: 60 days
  by: publisher_role
  per: [organisation]
alert: {channel: alerts, say: "{values}"}
"""
ACCOUNTS = """\
contradiction:
  of: {event: session}
  slot: [status, outcome]
  opposites: [[none_scheduled, scheduled], [ended_early, full_day]]
  compare: told
  within: 3 days
  by: publisher_role
  per: [organisation, counterparty, region]
alert: {channel: alerts, say: "{values}"}
"""
DAYS = ACCOUNTS.replace("compare: told\n  within: 3 days", "apart: 2 days\n  within: 50 days\n  ahead_within: 3 days")
AGE = """\
contradiction:
  of: {event: strike, when: {status: ongoing}}
  slot: length
  measured_from: {event: strike, when: {status: started}}
  per: [organisation, counterparty, region]
alert: {channel: alerts, say: "{values}"}
"""
CHANGE = """\
change:
  of: {event: term}
  slot: hours
  by: publisher_role
  per: [organisation]
alert: {channel: alerts, say: "hours: {values}"}
"""
MATCH = """\
match:
  event: wait
  when: {wait: "> 10 business days"}
  unless: {visit: urgent}
alert:
  once_per: [organisation, region]
  again_after: 30 days
  raise_to: {critical: {wait: "> 40 business days"}}
  channel: alerts
  say: "{wait}"
"""
STORY = """\
match:
  event: session
  when: {outcome: [no_new_proposals, ended_early]}
alert: {once_per: [organisation, counterparty, story], channel: alerts, say: "{outcome}"}
"""
KINDS = {
    "no-session": ABSENCE,
    "mediation-due": DEADLINE,
    "plan-missing": PLAN,
    "many-cancellations": COUNT,
    "counts-disagree": DISAGREE,
    "claims-clash": CLASH,
    "accounts-clash": ACCOUNTS,
    "days-clash": DAYS,
    "age-does-not-fit": AGE,
    "terms-move": CHANGE,
    "long-wait": MATCH,
    "poor-session": STORY,
}


def rulebook(**rests: str) -> Rulebook:
    """Return a rulebook of rules given by id (underscores for hyphens) and what follows the head."""
    named = {id_.replace("_", "-"): rest for id_, rest in rests.items()}
    files = {
        f"rules/bargaining/{id_}.yaml": f"rule: {id_}\ntitle: {id_}\nwhy: Because.\nseverity: high\n{rest}"
        for id_, rest in named.items()
    }
    rules, faults = load_rules(files, _empty().dictionary())
    return strict(replace(_empty(), rules=rules, faults=faults))


@cache
def _empty() -> Rulebook:
    """Return what every rulebook of these tests shares: reading the entities takes longer than any rule."""
    paths = [f"rules/{shared}.yaml" for shared in ("calendars", "entities")]
    return strict(load_rulebook({path: (ROOT / path).read_text(encoding="utf-8") for path in paths}, TYPES))

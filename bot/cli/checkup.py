"""`bot doctor`: what is wrong, and what to do about it."""

from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from bot.cli import screens, wiring
from bot.core.messages import Channels
from bot.core.messages.samples import samples
from bot.core.messages.words import counted
from bot.errors import BotError, RuleFileError
from bot.history.schema import check_schema
from bot.history.status import read_status
from bot.settings import Settings
from bot.slack.client import SlackApi, web_client
from bot.slack.doctor import examine, examine_buttons

HEALTHY, ILL = 0, 1
_WELL = frozenset({"healthy", "new"})  # conditions of a source that need nobody


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing that was looked at."""

    subject: str
    is_fine: bool
    words: str  # what was found, and for a fault what to do


def show() -> int:
    """Print every finding; return 1 when one is a fault."""
    read = wiring.load_settings()
    out, is_fine = screens.console(), True
    for finding in findings(read):
        is_fine = is_fine and finding.is_fine
        _print(finding, out)
    return HEALTHY if is_fine else ILL


def findings(read: Settings) -> Iterator[Finding]:
    """Look at everything, and go on after a fault."""
    yield Finding(subject="settings", is_fine=True, words="every variable can be used")
    channels = Channels(routes={})  # none of ours can be looked at where the rules do not load
    wanted: frozenset[str] | None = None
    try:
        rules = wiring.load_rules(read.rules_dir)
    except RuleFileError as error:
        for fault in error.faults:
            yield Finding(subject="rules", is_fine=False, words=str(fault))
    else:
        channels = rules.channels
        wanted = frozenset(entry.id for entry in rules.sources.sources if not entry.disabled)
        yield Finding(subject="rules", is_fine=True, words=f"{counted(len(rules.book.rules), 'rule')}, no fault")
        yield _listed_sources(rules)
    yield from _database(read, wanted)
    yield from _slack(read, channels)


def _listed_sources(rules: wiring.Rules) -> Finding:
    active = sum(not entry.disabled for entry in rules.sources.sources)
    none = "no source is read; add one to rules/sources.yaml, or take `disabled` away from one that is there"
    return Finding(
        subject="sources", is_fine=active > 0, words=f"{counted(active, 'source')} to be read" if active else none
    )


def _slack(read: Settings, channels: Channels) -> Iterator[Finding]:
    if read.slack_bot_token is None:
        words = "no SLACK_BOT_TOKEN: alerts are shown on the console; `bot slack manifest` makes your own app"
        yield Finding(subject="slack", is_fine=True, words=words)
        return
    api = SlackApi(web_client(read.slack_bot_token.get_secret_value(), read.slack_api_url))
    templates = samples(buttons=read.slack_app_token is not None)
    found_all = list(examine(api, channels, templates, wiring.now()))
    if read.slack_app_token is not None:
        app = SlackApi(web_client(read.slack_app_token.get_secret_value(), read.slack_api_url))
        found_all.append(examine_buttons(app))
    for found in found_all:
        words = f"{found.told}{f'; what to do: {found.fix}' if found.fix else ''}"
        yield Finding(subject=f"slack {found.subject}", is_fine=found.ok, words=words)


def _database(read: Settings, wanted: frozenset[str] | None) -> Iterator[Finding]:
    try:
        with wiring.open_engine_for(read) as engine:
            check_schema(engine)
            with engine.connect() as connection:
                status = read_status(connection)
    except BotError as error:
        yield Finding(subject="database", is_fine=False, words=str(error))
        return
    kept = ", ".join(f"{count} {name}" for name, count in status.counts.items())
    yield Finding(subject="database", is_fine=True, words=f"answers, schema up to date; {kept}")
    for source in status.sources:
        if source.condition not in _WELL and (wanted is None or source.id in wanted):
            words = f"{source.id} is {source.condition}{f': {source.note}' if source.note else ''}; what to do: "
            yield Finding(subject="sources", is_fine=False, words=f"{words}bot sources check {source.id}")
    for queue in status.queues:
        if queue.blocked_code:
            words = f"{queue.channel} is closed to us ({queue.blocked_code}): {queue.blocked_note}"
            yield Finding(subject="deliveries", is_fine=False, words=words)


def _print(finding: Finding, out: Console) -> None:
    out.print(Text(f"{'ok  ' if finding.is_fine else 'FAIL'} {finding.subject}: {finding.words}"), soft_wrap=True)

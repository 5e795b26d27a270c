"""Messages to the people who run the bot, and bundles of many alerts in one message."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.core.messages.kit import (
    Block,
    bullets,
    clean,
    context,
    header,
    line,
    link,
    message,
    quotation,
    rich_text,
    shorten,
    with_commands,
    words,
)
from bot.core.messages.quotes import sentence_url
from bot.core.messages.words import counted, day_words, severity_words
from bot.core.model import Alert, Message
from bot.errors import Fault

MAX_DIGEST_LINES = 8  # linked lines of a digest; the rest is counted
MAX_FAULT_LINES = 10
MAX_SNOOZED_LINES = 5
MAX_LINE_CHARS = 200
_KEY_CHARS = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class DigestLine:
    """One alert in a bundle."""

    text: str  # verdict with mark and word of severity
    url: str | None = None  # where it can be read


def digest_line(alert: Alert) -> DigestLine:
    """Return an alert as one line of a bundle."""
    says = f"{severity_words(alert.severity)}: {alert.says} ({day_words(alert.opened_on)})"
    return DigestLine(text=says, url=sentence_url(alert.citations[0]) if alert.citations else None)


def digest_message(
    key: str, lines: Sequence[DigestLine], reason: str, *, reviews: int = 0, see_all: str = "`bot alerts`"
) -> Message:
    """Bundle alerts into one message.

    Args:
        key: what makes the bundle unique, for block ids.
        lines: all of them, most important first; the first `MAX_DIGEST_LINES` are shown.
        reason: why they are bundled, one sentence.
        reviews: how many answers need a person; counted, never listed one by one.
        see_all: where all of them are to be found.
    """
    more = len(lines) - MAX_DIGEST_LINES
    body: list[Block] = [line(words(clean(reason)))]
    if lines:
        body.append(bullets([_digest_bullet(entry) for entry in lines[:MAX_DIGEST_LINES]]))
    if more > 0:
        body.append(line(*with_commands(f"and {more:,} more · see all: {see_all}")))
    if reviews:
        body.append(line(*with_commands(_review_words(reviews))))
    title = f"{counted(len(lines), 'alert')} in one message"
    return message(f"{title}. {reason}", [header(_id(key, "h"), title), rich_text(_id(key, "b"), *body)])


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleCount:
    """How often one rule fired in the week and in the one before."""

    rule: str
    title: str
    now: int
    before: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Week:
    """What the weekly summary tells."""

    first: date  # Monday
    last: date  # Sunday
    rules: tuple[RuleCount, ...]
    reviews: int
    sources_read: int
    articles_read: int
    silent: tuple[str, ...] = ()  # "Harbor Times since 8 Oct"
    false_alarms: int = 0
    snoozed: tuple[str, ...] = ()  # "Lakeside General: 14 business days wait (until it changes)"


def weekly_message(week: Week, picture: str | None, picture_words: str = "") -> Message:
    """Build the weekly summary; it is posted when there was nothing, too, since it proves the bot is alive.

    Args:
        week: the counts.
        picture: Slack's file id of the chart, None for words only.
        picture_words: what the chart shows, for those who cannot see it.
    """
    key = f"week:{week.first}:{'picture' if picture else 'words'}"
    total, before = (sum(getattr(count, name) for count in week.rules) for name in ("now", "before"))
    span = f"{week.first.day} {week.first:%b} to {week.last.day} {week.last:%b %Y}"
    title = f"Week of {span}: {counted(total, 'alert')}"
    fired = sorted((count for count in week.rules if count.now or count.before), key=lambda count: -count.now)
    body: list[Block] = [line(words(f"{counted(total, 'alert')} {_change(total, before)}.", bold=True))]
    if fired:
        body.append(bullets([line(words(_rule_line(count))) for count in fired[:MAX_DIGEST_LINES]]))
    body += [line(*with_commands(text)) for text in _week_lines(week)]
    body += _snoozed_lines(week.snoozed)
    blocks = [header(_id(key, "h"), title), rich_text(_id(key, "b"), *body)]
    if picture:
        alt = shorten(clean(picture_words) or title, 2000)
        image: Block = {"type": "image", "block_id": _id(key, "p"), "slack_file": {"id": picture}, "alt_text": alt}
        blocks.append(image)
    return message(f"{title} {_change(total, before)}. {_coverage(week)}", blocks)


def rule_fault_message(faults: Sequence[Fault], running: str) -> Message:
    """Tell that rule files do not load, and what runs in their place ("the rules loaded on 12 Oct 2026 09:14 UTC")."""
    key = f"rules:{faults[0].path if faults else ''}"
    title = f"Rule files with {counted(len(faults), 'fault')}"
    told = [line(words(shorten(clean(str(fault)), MAX_LINE_CHARS * 2))) for fault in faults[:MAX_FAULT_LINES]]
    more = len(faults) - MAX_FAULT_LINES
    tail = [line(*with_commands(f"and {more:,} more: `bot rules lint`"))] if more > 0 else []
    still = line(words(f"Still running {clean(running)}. Nothing else has stopped.", italic=True))
    first = f": {faults[0]}" if faults else ""
    blocks = [
        header(_id(key, "h"), f"⚠️ {title}"),
        rich_text(_id(key, "b"), *([bullets(told)] if told else []), *tail, still),
    ]
    return message(f"{title}{first}", blocks)


def rule_fixed_message(paths: Sequence[str], loaded: datetime) -> Message:
    """Tell that rule files load again: an edit of what `rule_fault_message` said."""
    key = f"rules:{paths[0] if paths else ''}:fixed"
    title = "Fixed: the rule files load again"
    told = f"{', '.join(paths[:MAX_FAULT_LINES])} · running since {loaded:%d %b %Y %H:%M} UTC"
    return message(
        title, [header(_id(key, "h"), f"✅ {title}"), rich_text(_id(key, "b"), line(words(shorten(clean(told), 1000))))]
    )


def blocked_message(channel: str, code: str, fix: str, waiting: int) -> Message:
    """Tell that a channel takes no messages, and what to do."""
    key = f"blocked:{channel}:{code}"
    title = f"Cannot deliver to {channel}"
    body = (
        line(words(f"Slack answers {clean(code)}.")),
        line(words("What to do: ", bold=True), *with_commands(fix)),
        line(words(f"Nothing is lost: {counted(waiting, 'message')} wait and follow as soon as it works.")),
    )
    return message(f"{title}: {code}. {fix}", [header(_id(key, "h"), f"⚠️ {title}"), rich_text(_id(key, "b"), *body)])


def unblocked_message(channel: str, code: str, waiting: int) -> Message:
    """Tell that a channel takes messages again: an edit of what `blocked_message` said."""
    key = f"blocked:{channel}:{code}:open"
    title = f"Fixed: {channel} takes messages again"
    body = line(words(f"{counted(waiting, 'message')} that waited are on their way."))
    return message(title, [header(_id(key, "h"), f"✅ {title}"), rich_text(_id(key, "b"), body)])


def operator_message(key: str, title: str, reason: str, fix: str) -> Message:
    """Tell the people who run the bot what went wrong and what to do."""
    body = [line(words(shorten(clean(reason), 1000)))]
    if fix:
        body.append(line(words("What to do: ", bold=True), *with_commands(shorten(clean(fix), 1000))))
    blocks = [header(_id(key, "h"), f"⚠️ {title}"), rich_text(_id(key, "b"), *body)]
    return message(f"{title}: {reason}", blocks)


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceTrouble:
    """What is wrong with a source, for those who run the bot."""

    source: str
    condition: str  # "quiet", "failing", "blocked", "layout changed"
    reason: str  # what it answered last
    last_new: date | None  # of its last article; None when it never brought one
    expected_days: float  # at least one article within so many


_A_LIFETIME_DAYS = 3650.0  # whoever expects nothing for so long expects nothing

_TROUBLES = {  # what it is called, and what to do
    "quiet": ("silent", "see whether the site still publishes there; `bot sources check {}` tries it now"),
    "blocked": ("blocked", "ask the publisher for access, or read its feed; `bot sources check {}` tries it now"),
    "layout changed": (
        "changed",
        "correct `select` or `content` of its entry; `bot sources check {}` shows the result",
    ),
    "failing": (
        "failing",
        "it is asked again by itself; `bot sources check {}` shows what it answers now",
    ),
}


def source_trouble_message(trouble: SourceTrouble) -> Message:
    """Tell that a source has brought nothing for longer than it should, or cannot be read."""
    key = f"silent:{trouble.source}:{trouble.condition}"
    called, fix = _TROUBLES.get(trouble.condition, (trouble.condition, "`bot sources check {}` tries it now"))
    since = day_words(trouble.last_new) if trouble.last_new else "never"
    title = f"Source {called}: {trouble.source}"
    body = [
        *([line(words(shorten(clean(trouble.reason), 1000)))] if trouble.reason else []),
        line(words(f"Its last new article: {since}.{_expected(trouble)}")),
        line(words("What to do: ", bold=True), *with_commands(fix.format(trouble.source))),
        line(
            *with_commands("Rules that say “nothing happened” do not count on it meanwhile. All sources: `bot sources`")
        ),
    ]
    told = f"{title}. {trouble.reason or f'Last new article: {since}'}"
    return message(told, [header(_id(key, "h"), f"⚠️ {title}"), rich_text(_id(key, "b"), *body)])


def _expected(trouble: SourceTrouble) -> str:
    if trouble.expected_days >= _A_LIFETIME_DAYS:
        return ""
    return f" Expected: one within {trouble.expected_days:g} {'day' if trouble.expected_days == 1 else 'days'}."


def source_back_message(source: str, on: date) -> Message:
    """Tell that a source is well again: an edit of what `source_trouble_message` said."""
    title = f"Source is back: {source}"
    key = f"silent:{source}:back"
    body = line(words(f"It is read again, and brings what it should, since {day_words(on)}."))
    return message(title, [header(_id(key, "h"), f"✅ {title}"), rich_text(_id(key, "b"), body)])


def sample_message(now: datetime) -> Message:
    """Build what `bot slack test` posts."""
    key = f"sample:{now:%Y%m%d%H%M%S}"
    text = f"This channel works: a test sent at {now:%d %b %Y %H:%M} UTC."
    body = (
        line(words("An alert shows the words of the article that set it off, the deciding ones bold:")),
        quotation(words("“Patients now wait "), words("14 business days", bold=True), words(" for a visit.”")),
        line(words("Below them stands the source, as a link to the sentence. This example is invented.")),
    )
    blocks = [
        header(_id(key, "h"), "Test: this channel works"),
        rich_text(_id(key, "b"), *body),
        context(_id(key, "f"), text),
    ]
    return message(text, blocks)


def _digest_bullet(entry: DigestLine) -> Block:
    told = shorten(clean(entry.text), MAX_LINE_CHARS)
    return line(link(entry.url, told) if entry.url else words(told))


def _rule_line(count: RuleCount) -> str:
    return shorten(f"{clean(count.title)}: {count.now:,} {_change(count.now, count.before)}", MAX_LINE_CHARS)


def _change(now: int, before: int) -> str:
    if now == before:
        return "(as the week before)"
    return f"({abs(now - before):,} {'more' if now > before else 'fewer'} than the week before)"


def _week_lines(week: Week) -> list[str]:
    lines = [_coverage(week)]
    if week.silent:
        lines.append(
            shorten(f"{counted(len(week.silent), 'source')} silent: {', '.join(week.silent)}", MAX_LINE_CHARS * 2)
        )
    if week.reviews:
        lines.append(_review_words(week.reviews))
    if week.false_alarms:
        lines.append(f"{counted(week.false_alarms, 'false alarm')} not counted.")
    return lines


def _review_words(reviews: int) -> str:
    return f"{counted(reviews, 'review')} for a person to decide: `bot alerts --reviews`"


def _snoozed_lines(snoozed: Sequence[str]) -> list[Block]:
    if not snoozed:
        return []
    more = len(snoozed) - MAX_SNOOZED_LINES
    rest = f" ({more:,} more: `bot alerts`)" if more > 0 else ""
    told = [line(words(shorten(clean(said), MAX_LINE_CHARS))) for said in snoozed[:MAX_SNOOZED_LINES]]
    opening = f"{counted(len(snoozed), 'alert')} snoozed, and open all the same{rest}:"
    return [line(*with_commands(opening)), bullets(told)]


def _coverage(week: Week) -> str:
    return f"{counted(week.articles_read, 'article')} read from {counted(week.sources_read, 'source')}."


def _id(key: str, part: str) -> str:
    return f"{shorten(clean(key), _KEY_CHARS)}:{part}"

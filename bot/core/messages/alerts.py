"""An alert and the steps of its life as Slack messages."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.messages.kit import (
    MAX_HEADER_CHARS,
    Block,
    clean,
    context,
    header,
    line,
    message,
    rich_text,
    shorten,
    words,
)
from bot.core.messages.quotes import quoted, source_link
from bot.core.messages.standing import Standing
from bot.core.messages.words import (
    MARKS,
    clause_words,
    counted,
    day_words,
    is_exact,
    severity_words,
    source_words,
)
from bot.core.model import Change, ChangeKind, Message

MAX_WHY_CHARS = 300  # the clauses in one line
MAX_REASON_CHARS = 300
MAX_SAYS_CHARS = 400  # the verdict in the body, where the headline had to be cut
MAX_SOURCES = 4  # links on the root; the thread has them all

# Words of a clause or a basis that say the value was not read but worked out.
_HEDGED = re.compile(
    r"\b(about|around|roughly|estimated|inferred|assumed|vague|straddles?|unknown|no year)\b|[≈~]", re.IGNORECASE
)
_KIND_WORDS = {
    ChangeKind.OPENED: "Opened",
    ChangeKind.REPEATED: "Again",
    ChangeKind.UPDATED: "Changed",
    ChangeKind.RAISED: "Raised",
    ChangeKind.REMINDED: "Reminder",
    ChangeKind.CLEARED: "Cleared",
    ChangeKind.WITHDRAWN: "Withdrawn",
}
_STATE_WORDS = {"cleared": "✅ Cleared", "withdrawn": "⚪ Withdrawn"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Mention:
    """Someone a root message calls: only ever from channels.yaml."""

    kind: str  # "broadcast", "user" or "usergroup"
    target: str  # "here", "channel", "everyone"; or the id of the user or group

    def run(self) -> Block:
        """Return it as a rich text element."""
        key = {"broadcast": "range", "user": "user_id", "usergroup": "usergroup_id"}[self.kind]
        return {"type": self.kind, key: self.target}


def root_message(standing: Standing, mentions: Sequence[Mention] = ()) -> Message:
    """Build the message that shows an alert as it stands: the root of its thread, posted once and then edited."""
    key = block_key(standing)
    body: list[Block] = [line(words(standing.alert.rule_title or standing.alert.rule, bold=True))]
    body += _full_verdict(standing)
    body += _why(standing)
    body += _uncertain(standing)
    body += _last_change(standing)
    body += [quoted(standing.deciding)] if standing.deciding else []
    body += _source_lines(standing)
    body += [line(*_spaced(mentions))] if mentions else []
    blocks = [header(f"{key}:h", _headline(standing)), rich_text(f"{key}:b", *body), _foot(standing, f"{key}:f")]
    return message(_push(standing), blocks)


def change_message(standing: Standing) -> Message:
    """Build the message that tells one change: a reply in the alert's thread."""
    key = f"{block_key(standing)}:{standing.change.kind.value}"
    body: list[Block] = [line(words(clean(_lead(standing)), bold=True))]
    body += _old_and_new(standing)
    if standing.change.reason and not _is_quoted_below(standing.change):
        body.append(line(words(shorten(clean(standing.change.reason), MAX_REASON_CHARS))))
    for citation in standing.change.citations[:2]:
        body += [quoted(citation), line(source_link(citation))]
    return message(_change_push(standing), [rich_text(f"{key}:b", *body), _foot(standing, f"{key}:f")])


def block_key(standing: Standing) -> str:
    """Return what block ids start with; the revision is in it, since an edit needs new ids."""
    return f"wa:{standing.alert.id}:{standing.revision}:{standing.severity.value}"


def _headline(standing: Standing) -> str:
    mark = _STATE_WORDS.get(standing.state) or severity_words(standing.severity)
    return f"{mark}: {standing.says}"


def _push(standing: Standing) -> str:
    state = "" if standing.state == "open" else f"{standing.state.capitalize()}: "
    source = f". {source_words(standing.deciding)}" if standing.deciding else ""
    return f"{state}{standing.severity.value.capitalize()}: {standing.says}{source}"


def _change_push(standing: Standing) -> str:
    citations = standing.change.citations
    source = f". {source_words(citations[0])}" if citations else ""
    return f"{_lead(standing)}: {standing.says}{source}"


def _lead(standing: Standing) -> str:
    kind = standing.change.kind
    if kind is ChangeKind.RAISED:
        return f"{MARKS[standing.severity]} Raised to {standing.severity.value}"
    if standing.is_reopened:
        return f"{MARKS[standing.severity]} Open again"
    if standing.is_correction:
        return "Corrected"
    if kind is ChangeKind.UPDATED and not standing.verdict_changed:
        return "Another source" if standing.change.citations else "Update"
    return _STATE_WORDS.get(standing.state, _KIND_WORDS[kind]) if kind in _ENDING else _KIND_WORDS[kind]


_ENDING = frozenset({ChangeKind.CLEARED, ChangeKind.WITHDRAWN})


def _old_and_new(standing: Standing) -> list[Block]:
    new, old = (shorten(clean(text), MAX_SAYS_CHARS) for text in (standing.says, standing.said_before))
    if standing.change.kind in _ENDING:
        return [line(words(old or new, strike=True))]
    if standing.verdict_changed and old != new:
        return [line(words(old, strike=True), words(" → "), words(new, bold=True))]
    is_news = standing.change.kind is not ChangeKind.UPDATED or standing.is_correction
    return [line(words(new))] if is_news else []


def _is_quoted_below(change: Change) -> bool:
    """Say whether the reason is nothing but words that the citations show in their sentence."""
    return any(change.reason.startswith(f"“{citation.quote}” (") for citation in change.citations)


def _full_verdict(standing: Standing) -> list[Block]:
    """Give the verdict again where the headline had to cut it."""
    says = clean(standing.says)
    whole = len(f"{severity_words(standing.severity)}: {says}") <= MAX_HEADER_CHARS
    return [] if whole else [line(words(shorten(says, MAX_SAYS_CHARS)))]


def _why(standing: Standing) -> list[Block]:
    told = "; ".join(clause_words(clause) for clause in standing.alert.why if clause.met and clause.text)
    return [line(words(shorten(f"Why: {told}", MAX_WHY_CHARS)))] if told else []


def _uncertain(standing: Standing) -> list[Block]:
    doubts = _doubts(standing)
    return [line(words(shorten(f"⚠️ Uncertain: {'; '.join(doubts)}", MAX_WHY_CHARS)))] if doubts else []


def _doubts(standing: Standing) -> list[str]:
    doubts: list[str] = []
    published = standing.deciding.published if standing.deciding else None
    if standing.deciding and not is_exact(published):
        doubts.append(f"the article's date is inferred ({clean(published.basis)})" if published else "undated article")
    doubts += [
        f"{clause.slot}: {clean(clause.text)}"
        for clause in standing.alert.why
        if clause.met is None or _HEDGED.search(clause.text)
    ]
    return doubts + [clean(missing) for missing in standing.alert.missing]


def _last_change(standing: Standing) -> list[Block]:
    change = standing.change
    is_silent = change.kind is ChangeKind.UPDATED and not standing.verdict_changed and not standing.is_correction
    if not standing.revision or is_silent:
        return []
    called = "Corrected" if standing.is_correction else _KIND_WORDS[change.kind]
    called = "Open again" if standing.is_reopened else called
    told = f"{called} {day_words(change.on)}"
    if standing.verdict_changed and change.kind not in _ENDING and standing.said_before != standing.says:
        old = shorten(clean(standing.said_before), MAX_REASON_CHARS)
        return [line(words(f"{told}: "), words(old, strike=True), words(" → "), words("see above", italic=True))]
    return [line(words(shorten(f"{told}: {clean(change.reason)}", MAX_REASON_CHARS)))]


def _source_lines(standing: Standing) -> list[Block]:
    sources = standing.sources
    lines = [line(source_link(citation)) for citation in sources[:MAX_SOURCES]]
    if len(sources) > 1:
        more = len(sources) - MAX_SOURCES
        rest = f"; {more} more in the thread" if more > 0 else ""
        lines.insert(0, line(words(f"{counted(len(sources), 'source')}{rest}:")))
    return lines


def _spaced(mentions: Sequence[Mention]) -> list[Block]:
    runs: list[Block] = []
    for mention in mentions:
        runs += [mention.run(), words(" ")]
    return runs[:-1]


def _foot(standing: Standing, block_id: str) -> Block:
    alert = standing.alert
    law = f" · {alert.law}" if alert.law else ""
    return context(block_id, f"{alert.id} · rule {alert.rule} · {standing.severity.value}{law}")

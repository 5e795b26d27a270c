"""An alert as it stood right after one of its changes: what a message about that change may say."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.model import Alert, Change, ChangeKind, Citation, Severity

_TURNS = frozenset({ChangeKind.OPENED, ChangeKind.RAISED, ChangeKind.CLEARED, ChangeKind.WITHDRAWN})
_ENDED = {ChangeKind.CLEARED: "cleared", ChangeKind.WITHDRAWN: "withdrawn"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """One moment in the life of an alert; never knows of later changes, so the same change always reads the same."""

    alert: Alert
    revision: int  # index into alert.changes

    @property
    def change(self) -> Change:
        """The change this moment follows."""
        return self.alert.changes[self.revision]

    @property
    def says(self) -> str:
        """The verdict now."""
        return self.change.says or self.alert.says

    @property
    def said_before(self) -> str:
        """The verdict before this change, "" for the first."""
        return at(self.alert, self.revision - 1).says if self.revision else ""

    @property
    def severity(self) -> Severity:
        """How much it matters now."""
        return self.change.severity

    @property
    def severity_before(self) -> Severity:
        """How much it mattered before this change."""
        return self.alert.changes[max(self.revision - 1, 0)].severity

    @property
    def state(self) -> str:
        """Return "open", "cleared" or "withdrawn"."""
        ended = [
            change.kind
            for change in self.alert.changes[: self.revision + 1]
            if change.kind in _ENDED or change.kind in (ChangeKind.OPENED, ChangeKind.REPEATED, ChangeKind.RAISED)
        ]
        return _ENDED.get(ended[-1], "open") if ended else "open"

    @property
    def is_reopened(self) -> bool:
        """Say whether this change takes back an end that was told."""
        return self.revision > 0 and self.state == "open" and at(self.alert, self.revision - 1).state != "open"

    @property
    def citations(self) -> tuple[Citation, ...]:
        """Every source so far, each once, the opening words first."""
        told = [citation for change in self.alert.changes[: self.revision + 1] for citation in change.citations]
        firsts = told or list(self.alert.citations)
        return tuple({(citation.article, citation.start, citation.end): citation for citation in firsts}.values())

    @property
    def sources(self) -> tuple[Citation, ...]:
        """One citation for each article so far."""
        by_article: dict[str, Citation] = {}
        for citation in self.citations:
            by_article.setdefault(citation.article, citation)
        return tuple(by_article.values())

    @property
    def deciding(self) -> Citation | None:
        """The words that the verdict of now rests on."""
        for revision in range(self.revision, -1, -1):
            moment = at(self.alert, revision)
            if moment.change.citations and (revision == 0 or moment.verdict_changed):
                return moment.change.citations[0]
        return next(iter(self.citations), None)

    @property
    def verdict_changed(self) -> bool:
        """Say whether this change says something else, or says it louder, than the one before."""
        return self.revision > 0 and (self.says != self.said_before or self.severity is not self.severity_before)

    @property
    def is_correction(self) -> bool:
        """Say whether this change takes up what was told before: the same verdict, on other grounds."""
        return self.revision > 0 and not self.verdict_changed and _is_correction(self.alert.changes, self.revision)


def at(alert: Alert, revision: int) -> Standing:
    """Return the alert as it stood after `changes[revision]`."""
    return Standing(alert=alert, revision=revision)


def has_changed(changes: Sequence[Change], seen: int) -> bool:
    """Say whether an alert became another one than a person saw at a revision: its value, its status, or a correction.

    The same said again, by whomever, and reminders are no change.

    Args:
        changes: everything that happened to the alert, by revision.
        seen: the revision that the person saw.
    """
    if not changes:
        return False
    before = changes[min(seen, len(changes) - 1)]
    return any(_turns(changes, revision, before) for revision in range(seen + 1, len(changes)))


def _turns(changes: Sequence[Change], revision: int, before: Change) -> bool:
    change = changes[revision]
    if change.kind in _TURNS or change.severity is not before.severity:
        return True
    return (change.says or before.says) != before.says or _is_correction(changes, revision)


def _is_correction(changes: Sequence[Change], revision: int) -> bool:
    """Say whether a step takes up what was told before: it is an update that brings no new words."""
    told = {citation for earlier in changes[:revision] for citation in earlier.citations}
    change = changes[revision]
    return change.kind is ChangeKind.UPDATED and told.issuperset(change.citations)

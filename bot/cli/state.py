"""`bot status`: what runs, what waits, and why."""

from datetime import datetime, timedelta

from rich.table import Table
from rich.text import Text

from bot.cli import screens, wiring
from bot.history.status import BackfillState, Status, read_status

SILENT_AFTER = timedelta(minutes=1)  # a worker gives a sign every ten seconds
HUNG_SHOWN = timedelta(days=7)


def show() -> None:
    """Print workers, sources, queues, backfills and what is stored."""
    with wiring.open_history(wiring.load_settings()) as engine, engine.connect() as connection:
        status = read_status(connection)
    now = wiring.now()
    out = screens.console()
    out.print(Text(", ".join(f"{count:,} {name}" for name, count in status.counts.items())))
    judged = f"judged until {status.judged_until:%Y-%m-%d %H:%M} UTC" if status.judged_until else "nothing judged yet"
    out.print(Text(judged + _unjudged(status, now)))
    for table in (_workers(status, now), _sources(status, now), _queues(status, now), _backfills(status)):
        if table.row_count:
            out.print()
            out.print(table)
    for backfill in status.backfills:
        out.print(Text(f"backfill {backfill.id}: {waits_for(backfill, now)}"), soft_wrap=True)
    if status.last_hung is not None and now - status.last_hung.at < HUNG_SHOWN:
        hung = status.last_hung
        what = f"{', '.join(hung.jobs)} gave no sign of life; what it had in hand was freed"
        out.print(Text(f"worker {hung.worker} ended itself {_ago(hung.at, now)} ago: {what}"), soft_wrap=True)
    if not status.workers:
        out.print("no worker runs; start one with `bot run`")


def _unjudged(status: Status, now: datetime) -> str:
    if not status.unjudged_chunks or status.unjudged_since is None:
        return ""
    lag = _ago(status.unjudged_since, now)
    return f"; {status.unjudged_chunks} writes wait to be judged, the first for {lag}: the worker that leads does it"


def _workers(status: Status, now: datetime) -> Table:
    table = _table("Worker", "Started (UTC)", "Last sign", "Leads", "Doing")
    for worker in status.workers:
        silent = worker.heartbeat is None or now - worker.heartbeat > SILENT_AFTER
        sign = f"{_ago(worker.heartbeat, now)} ago" if worker.heartbeat else "none"
        doing = "silent: hung, or gone; what it had in hand is freed soon" if silent else worker.doing
        row = (worker.id, f"{worker.started:%Y-%m-%d %H:%M}", sign, "yes" if worker.leads else "", doing)
        table.add_row(*map(Text, row))
    return table


def _ago(moment: datetime, now: datetime) -> str:
    """Say how long ago a moment was, as coarsely as a person would."""
    seconds = max(0, int((now - moment).total_seconds()))
    for unit, size in (("days", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _sources(status: Status, now: datetime) -> Table:
    table = _table("Source", "Is", "Next read (UTC)", "Last new article", "Note")
    for source in status.sources:
        due = f"{source.next_attempt:%Y-%m-%d %H:%M}" if source.next_attempt else "now"
        if source.next_attempt and now - source.next_attempt > SILENT_AFTER:
            due += f", {_ago(source.next_attempt, now)} late"
        new = f"{source.last_new_article:%Y-%m-%d %H:%M}" if source.last_new_article else "never"
        table.add_row(*map(Text, (source.id, source.condition, due, new, source.note)))
    return table


def _queues(status: Status, now: datetime) -> Table:
    table = _table(
        "Channel", "Waiting", "Being sent", "Unclear", "Snoozed", "Stuck", "Sent", "Oldest waits", "Closed because"
    )
    for queue in status.queues:
        counts = (
            str(queue.count_by_state.get(state, 0))
            for state in ("waiting", "sending", "unclear", "snoozed", "stuck", "sent")
        )
        closed = f"{queue.blocked_code}: {queue.blocked_note}" if queue.blocked_code else ""
        oldest = _ago(queue.oldest_waiting, now) if queue.oldest_waiting else ""
        table.add_row(*map(Text, (queue.channel, *counts, oldest, closed)))
    return table


def _backfills(status: Status) -> Table:
    table = _table("Backfill", "Started (UTC)", "Chunks", "Done", "Failed")
    for each in status.backfills:
        row = (each.id, f"{each.started:%Y-%m-%d %H:%M}", str(each.chunks), str(each.done), str(each.failed))
        table.add_row(*map(Text, row))
    return table


def waits_for(backfill: BackfillState, now: datetime) -> str:
    """Say why a backfill is not finished, and what to do about it."""
    go_on = f"bot backfill --resume {backfill.id}"
    if backfill.done + backfill.failed == backfill.chunks:
        return f"read, and not judged yet; if its process is gone: {go_on}"
    if backfill.claimed_until is None or backfill.claimed_until < now:
        return f"nobody reads it; go on with: {go_on}"
    until = f"{backfill.claimed_until:%H:%M}"
    return f"{len(backfill.claimed_by)} processes read it (claims until {until}); if they are gone: {go_on}"


def _table(*columns: str) -> Table:
    table = Table(pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table

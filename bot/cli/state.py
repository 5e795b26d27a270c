"""`bot status`: what runs, what waits, and why."""

from rich.table import Table
from rich.text import Text

from bot.cli import screens, wiring
from bot.history.status import Status, read_status


def show() -> None:
    """Print workers, sources, queues, backfills and what is stored."""
    with wiring.open_house(wiring.load_settings()) as house, house.engine.connect() as connection:
        status = read_status(connection)
    out = screens.console()
    out.print(Text(", ".join(f"{count:,} {name}" for name, count in status.counts.items())))
    judged = f"judged until {status.judged_until:%Y-%m-%d %H:%M} UTC" if status.judged_until else "nothing judged yet"
    left = f"; {status.unjudged_chunks} writes since wait to be judged" if status.unjudged_chunks else ""
    out.print(Text(judged + left))
    for table in (_workers(status), _sources(status), _queues(status), _backfills(status)):
        if table.row_count:
            out.print()
            out.print(table)
    if not status.workers:
        out.print("no worker runs; start one with `bot run`")


def _workers(status: Status) -> Table:
    table = _table("Worker", "Started (UTC)", "Last sign", "Leads", "Doing")
    for worker in status.workers:
        sign = f"{worker.heartbeat:%H:%M:%S}" if worker.heartbeat else ""
        row = (worker.id, f"{worker.started:%Y-%m-%d %H:%M}", sign, "yes" if worker.leads else "", worker.doing)
        table.add_row(*map(Text, row))
    return table


def _sources(status: Status) -> Table:
    table = _table("Source", "Is", "Next read (UTC)", "Last new article", "Note")
    for source in status.sources:
        due = f"{source.next_attempt:%Y-%m-%d %H:%M}" if source.next_attempt else "now"
        new = f"{source.last_new_article:%Y-%m-%d %H:%M}" if source.last_new_article else "never"
        table.add_row(*map(Text, (source.id, source.condition, due, new, source.note)))
    return table


def _queues(status: Status) -> Table:
    table = _table("Channel", "Waiting", "Being sent", "Unclear", "Stuck", "Sent", "Closed because")
    for queue in status.queues:
        counts = (
            str(queue.count_by_state.get(state, 0)) for state in ("waiting", "sending", "unclear", "stuck", "sent")
        )
        closed = f"{queue.blocked_code}: {queue.blocked_note}" if queue.blocked_code else ""
        table.add_row(*map(Text, (queue.channel, *counts, closed)))
    return table


def _backfills(status: Status) -> Table:
    table = _table("Backfill", "Started (UTC)", "Chunks", "Done", "Failed", "Judged")
    for each in status.backfills:
        row = (each.id, f"{each.started:%Y-%m-%d %H:%M}", str(each.chunks), str(each.done), str(each.failed))
        table.add_row(*map(Text, (*row, "yes" if each.is_judged else "no")))
    return table


def _table(*columns: str) -> Table:
    table = Table(pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table

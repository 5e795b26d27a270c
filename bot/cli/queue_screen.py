"""The outbox as a person reads it."""

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text
from sqlalchemy import Row, text

from bot.cli import screens, wiring
from bot.cli.delivery import make_presses
from bot.core.messages.buttons import ending_of
from bot.history.decisions import Decisions
from bot.history.outbox import Outbox
from bot.history.queries import read_alert
from bot.history.status import QueueState, read_status

MAX_ROWS = 50  # of those that are not sent; the counts say how many there are

_OPEN = text("""
SELECT id, channel, action, state, attempts, not_before, last_error, text FROM delivery
WHERE state <> 'sent' ORDER BY state = 'stuck' DESC, channel, seq LIMIT :limit
""")


def show_queue() -> None:
    """Print a line for each channel and a table of what is not sent."""
    with wiring.open_history(wiring.load_settings()) as engine, engine.connect() as connection:
        queues = read_status(connection).queues
        rows = connection.execute(_OPEN, {"limit": MAX_ROWS}).all()
    out = screens.console()
    for queue in queues:
        out.print(Text(_queue_words(queue)))
    if not rows:
        out.print("nothing waits")
        return
    out.print(_table(rows))


def retry_stuck(delivery: str | None) -> None:
    """Put what is stuck back into the queue and say how much it was."""
    with wiring.open_history(wiring.load_settings()) as engine:
        count = Outbox(engine).retry(delivery)
    screens.console().print(f"{count} to be tried again")


def end_snooze(alert: str) -> int:
    """End an alert's snooze and say what became of it; return the exit status."""
    out, now = screens.console(), wiring.now()
    with wiring.open_house(wiring.load_settings(), reads_articles=False) as house:
        with house.engine.connect() as connection:
            is_known = read_alert(connection, alert) is not None
        ending = ending_of(Decisions(house.engine).verdict(alert), now, "the command line")
        if ending is not None:
            make_presses(house).take(ending)
    if not is_known:
        out.print(f"there is no alert {alert}; see `bot alerts`", markup=False)
        return 1
    ended = "its snooze is over: what was held back goes out with the next delivery"
    out.print(f"{alert}: {ended if ending else 'it is not snoozed'}", markup=False)
    return 0


def _queue_words(queue: QueueState) -> str:
    counts = ", ".join(f"{count} {state}" for state, count in sorted(queue.count_by_state.items())) or "empty"
    closed = f"; closed to us ({queue.blocked_code}): {queue.blocked_note}" if queue.blocked_code else ""
    return f"{queue.channel}: {counts}{closed}"


def _table(rows: Sequence[Row[tuple[str, ...]]]) -> Table:
    table = Table(pad_edge=False)
    for name in ("Id", "Channel", "Does", "State", "Tries", "Not before", "Last answer", "Says"):
        table.add_column(name, overflow="fold")
    for row in rows:
        not_before = f"{row.not_before:%d %b %H:%M} UTC" if row.not_before else ""
        cells = (
            row.id,
            row.channel,
            row.action,
            row.state,
            str(row.attempts),
            not_before,
            row.last_error or "",
            row.text,
        )
        table.add_row(*(Text(cell) for cell in cells))
    return table

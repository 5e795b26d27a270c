"""`bot deliveries`: what waits for Slack, what is stuck and why; another try for it; the end of a snooze."""

import sys
from typing import Annotated

import typer

app = typer.Typer(help="Show what waits for Slack, and let what is stuck be tried again.", invoke_without_command=True)


@app.callback()
def show(context: typer.Context) -> None:
    """Show each channel's queue and every row that is not sent."""
    if context.invoked_subcommand is None:
        from bot.cli.queue_screen import show_queue

        show_queue()


@app.command()
def retry(
    delivery: Annotated[
        str | None, typer.Argument(help="id of the row; all that are stuck where none is given")
    ] = None,
) -> None:
    """Let what is stuck be tried again."""
    from bot.cli.queue_screen import retry_stuck

    retry_stuck(delivery)


@app.command()
def wake(
    alert: Annotated[str, typer.Argument(metavar="ALERT", help="an alert's id, as `bot alerts` shows it")],
) -> None:
    """End an alert's snooze, and tell what it held back."""
    from bot.cli.queue_screen import end_snooze

    sys.exit(end_snooze(alert))

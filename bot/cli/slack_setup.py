"""`bot slack …`: the app's manifest, a test message, and what is wrong with the way to Slack."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Set Slack up and see whether it works.", no_args_is_help=True, add_completion=False)


@app.command()
def manifest(
    out: Annotated[Path | None, typer.Option(help="Write it to this file instead of the terminal.")] = None,
) -> None:
    """Print the manifest of your own Slack app, to paste at api.slack.com/apps."""
    from bot.slack.manifest import manifest as written

    if out is None:
        sys.stdout.write(written())
    else:
        out.write_text(written(), encoding="utf-8")


@app.command("test")
def send_test(channel: Annotated[str, typer.Argument(help='"#name" or a channel id.')]) -> None:
    """Post a sample message to a channel."""
    from bot import settings
    from bot.slack.trial import post_sample

    read = settings.load()
    if read.slack_bot_token is None:
        typer.echo("SLACK_BOT_TOKEN is not set: there is no Slack to post to; see `bot slack manifest`", err=True)
        raise typer.Exit(2)
    outcome = post_sample(read.slack_bot_token.get_secret_value(), read.slack_api_url, channel, datetime.now(UTC))
    typer.echo(outcome.told, err=not outcome.ok)
    raise typer.Exit(0 if outcome.ok else 1)

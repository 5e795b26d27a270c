"""The commands. Each is declared here and imports what it needs only when it runs, so that `--help` is quick.

Exit status: 0 done, 1 failed, 2 wrong usage, settings or rules.
"""

import sys
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from bot.cli import authoring, patterns, queue, slack_setup
from bot.cli.sources import make_app, open_house_office
from bot.errors import BotError, RuleFileError, SettingsError

app = typer.Typer(
    help="Read articles, find events, apply your rules, alert in Slack with the words that prove it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.add_typer(make_app(open_house_office), name="sources")
app.add_typer(authoring.app, name="rules")
app.add_typer(patterns.app, name="events")
app.add_typer(slack_setup.app, name="slack")
app.add_typer(queue.app, name="deliveries")


class Kind(StrEnum):
    """What can be exported."""

    ALERTS = "alerts"
    EVENTS = "events"
    ARTICLES = "articles"


class Form(StrEnum):
    """How it is written."""

    JSON_LINES = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"


class Post(StrEnum):
    """What a backfill tells Slack."""

    NONE = "none"
    DIGEST = "digest"
    ALL = "all"


def main() -> None:
    """Run the command line; every error that the bot knows becomes one clear message and an exit status."""
    try:
        app()
    except (SettingsError, RuleFileError) as error:
        sys.exit(_told(error, status=2))
    except BotError as error:
        sys.exit(_told(error, status=1))
    except KeyboardInterrupt:
        sys.exit(130)


def _told(error: BotError, *, status: int) -> int:
    print(error, file=sys.stderr)  # noqa: T201 - this is where errors are told
    return status


@app.command()
def demo() -> None:
    """Ingest the corpus that comes with the bot and show the alerts: the first thing to run."""
    from bot.cli.demo import show

    show()


@app.command()
def run(
    *,
    once: Annotated[bool, typer.Option("--once", help="one cycle: collect, assess, deliver; then end")] = False,
) -> None:
    """Work: read the sources when they are due, alert, deliver. Ends on SIGTERM once the unit in hand is done."""
    from bot.cli.work import work

    sys.exit(work(once=once))


@app.command("try")
def try_articles(
    paths: Annotated[list[Path], typer.Argument(metavar="FILE…", help=".txt, .md, .html, or a folder of them")],
    *,
    published: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="for files that do not say when they came out"),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="one JSON object per article and line")] = False,
) -> None:
    """Show what would be read in these texts and which rules would fire. Touches neither database nor Slack."""
    from bot.cli.attempt import show

    sys.exit(show(paths, published=published.date() if published else None, as_json=json))


@app.command()
def backfill(
    sources: Annotated[
        list[str] | None,
        typer.Argument(metavar="SOURCE…", help="folders, files, WARC archives, saved feeds, .jsonl"),
    ] = None,
    *,
    from_: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="published on or after"),
    ] = None,
    to: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="published on or before")
    ] = None,
    post: Annotated[Post, typer.Option(help="what to tell Slack")] = Post.DIGEST,
    workers: Annotated[int | None, typer.Option(min=1, max=256, help="processes; as many as processors")] = None,
    dask: Annotated[str | None, typer.Option(metavar="ADDRESS", help="a Dask scheduler whose workers read")] = None,
    resume: Annotated[str | None, typer.Option(metavar="ID", help="go on with a backfill that was cut short")] = None,
    stored: Annotated[bool, typer.Option("--stored", help="read nothing; judge what is stored once more")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="store nothing, tell nobody, show what would be")] = False,
    rules: Annotated[Path | None, typer.Option(metavar="DIR", help="rules other than those in RULES_DIR")] = None,
) -> None:
    """Read the past once, exactly as the worker would have, and keep its alerts. Run it again: nothing new."""
    from bot.cli.past import Asked, run

    if not (sources or resume or stored):
        raise typer.BadParameter("name what to read: folders, files, archives; or --resume ID, or --stored")
    asked = Asked(
        sources=tuple(sources or ()),
        first=f"{from_:%Y-%m-%d}" if from_ else None,
        last=f"{to:%Y-%m-%d}" if to else None,
        post=post.value,
    )
    sys.exit(run(asked, resume=resume, workers=workers, dask=dask, stored=stored, dry_run=dry_run, rules=rules))


@app.command()
def alerts(
    *,
    json: Annotated[bool, typer.Option("--json", help="one JSON object per alert and line")] = False,
    reviews: Annotated[
        bool, typer.Option("--reviews", help="only what a person has to decide, one by one, with what is open about it")
    ] = False,
    rule: Annotated[str | None, typer.Option(help="only this rule's")] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="opened on or after")
    ] = None,
) -> None:
    """List the alerts and reviews that are stored, in order of date."""
    from bot.cli.listing import show

    show(as_json=json, reviews=reviews, rule=rule, since=since.date() if since else None)


@app.command()
def explain(
    alert: Annotated[str, typer.Argument(metavar="ALERT", help="an alert's id, as `bot alerts` shows it")],
) -> None:
    """Explain an alert: article, sentence, pattern, slots, each clause with its values, rule and version."""
    from bot.cli.explanation import show

    sys.exit(show(alert))


@app.command()
def migrate() -> None:
    """Bring the database's schema up to this program's."""
    from bot.cli.wiring import migrate as bring_up_to_date

    typer.echo(bring_up_to_date())


@app.command()
def doctor() -> None:
    """Check settings, database, rules, sources and Slack, and say what to do about each fault."""
    from bot.cli.checkup import show

    sys.exit(show())


@app.command()
def status() -> None:
    """Show workers, sources, queues, backfills and what is stored."""
    from bot.cli.state import show

    show()


@app.command()
def export(
    kind: Annotated[Kind, typer.Argument(help="what to write")],
    *,
    form: Annotated[
        Form,
        typer.Option("--format", help="JSON Lines have every field, CSV opens in a spreadsheet, Parquet in pandas"),
    ] = (Form.JSON_LINES),
    to: Annotated[
        Path | None, typer.Option(help="a file; without it standard output, or for Parquet KIND.parquet")
    ] = None,
) -> None:
    """Write all alerts, events or articles, for other programs."""
    from bot.cli.keeping import export as write

    write(kind.value, form.value, to)


@app.command()
def forget(
    *,
    article: Annotated[str | None, typer.Option(help="its URL, or its key as `bot explain` shows it")] = None,
    source: Annotated[str | None, typer.Option(help="the id of a source: feed:laist, folder:corpus")] = None,
    before: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="all that came out before")
    ] = None,
    by: Annotated[str, typer.Option(help="who orders it; kept in the audit")],
    why: Annotated[str, typer.Option(help="for what reason; kept in the audit")],
) -> None:
    """Delete an article, a source or all that is old, with its events and the alerts that rest on it, for good."""
    from bot.cli.keeping import forget as carry_out
    from bot.cli.keeping import forget_before

    if [article, source, before].count(None) != 2:  # noqa: PLR2004 - all but one
        raise typer.BadParameter("name one of --article, --source and --before")
    if before is not None:
        sys.exit(forget_before(before.date(), by=by, why=why))
    sys.exit(carry_out(article=article, source=source, by=by, why=why))


@app.command()
def backup(
    to: Annotated[Path, typer.Argument(metavar="FILE", help="where to write it; PostgreSQL's archive form")],
) -> None:
    """Write the whole history to one file, while everything goes on."""
    from bot.cli.keeping import back_up

    back_up(to)


@app.command()
def restore(source: Annotated[Path, typer.Argument(metavar="FILE", help="what `bot backup` wrote")]) -> None:
    """Read a backup into an empty database."""
    from bot.cli.keeping import restore as read_back

    read_back(source)

"""`bot sources`: how the sources are, and changes to their list."""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.core.model import Article, Rejected

if TYPE_CHECKING:  # heavy: these come with the parsers, the fetch and the database
    from bot.settings import Settings
    from bot.sources.health import SourceFigures
    from bot.sources.source_list import SourceEntry, SourceList
    from bot.sources.web import Tools


@dataclass(frozen=True, kw_only=True, slots=True)
class Office:
    """What the commands work with."""

    listed: "SourceList"
    path: Path  # of the list, as the person would type it
    tools: "Tools"
    now: datetime
    figures: Callable[[], Mapping[str, "SourceFigures"]]  # opens the database


NO_LIST_FOUND = (
    "No feed and no news sitemap was found, so this one page is watched for changes. If it lists articles, write\n"
    "`index:` for `page:` and add `select:`, the CSS selector of its links; `bot sources check` shows what that gives."
)
OpenOffice = Callable[[], AbstractContextManager[Office]]


def make_app(open_office: OpenOffice) -> typer.Typer:
    """Return the commands, to be mounted as `sources`."""
    app = typer.Typer(no_args_is_help=False, help="Show the sources, add one, try them.")

    @app.callback(invoke_without_command=True)
    def table(context: typer.Context) -> None:
        """Show how each source is: what is read, what is silent, blocked or broken."""
        if context.invoked_subcommand is None:
            with open_office() as office:
                _show_table(office)

    @app.command()
    def add(
        url: Annotated[str, typer.Argument(help="a site, a page or a feed")],
        dry_run: Annotated[bool, typer.Option("--dry-run", help="only show, write nothing")] = False,  # noqa: FBT002  # Typer's form
    ) -> None:
        """Find a site's feed, show its last articles as they would be read, and write the entry."""
        with open_office() as office:
            _add(office, url, dry_run=dry_run)

    @app.command()
    def check(
        names: Annotated[list[str] | None, typer.Argument(metavar="[SOURCE…]", help="ids; all when left out")] = None,
    ) -> None:
        """Try sources, disabled ones too, as the worker would, and say what each gave. Stores nothing."""
        with open_office() as office:
            failed = _check(office, names or [])
        sys.exit(1 if failed else 0)

    @app.command("import")
    def import_opml(file: Annotated[Path, typer.Argument(help="an OPML file of another reader")]) -> None:
        """Add the feeds of another reader, disabled until you have tried them."""
        with open_office() as office:
            _import(office, file)

    @app.command("export")
    def export_opml() -> None:
        """Write the feeds as OPML to standard output."""
        from bot.sources.opml import write_opml

        with open_office() as office:
            sys.stdout.buffer.write(write_opml(office.listed.sources))

    return app


@contextmanager
def open_house_office() -> Iterator[Office]:
    """Open the sources of the settings' rules directory; the database only when its figures are asked for."""
    from bot.cli import collecting, wiring
    from bot.sources.parser_process import ParserProcess

    read, now = wiring.load_settings(), wiring.now()
    rules = wiring.load_rules(read.rules_dir, reads_articles=False)
    with ParserProcess() as parser:
        yield Office(
            listed=rules.sources,
            path=read.rules_dir / "sources.yaml",
            tools=collecting.Online(read, parser).tools(rules, now),
            now=now,
            figures=lambda: _stored_figures(read, now),
        )


def _stored_figures(read: "Settings", now: datetime) -> Mapping[str, "SourceFigures"]:
    from bot.cli import wiring
    from bot.history.source_health import read_source_health
    from bot.sources.health import YIELD_DAYS, SourceFigures

    with wiring.open_engine_for(read) as engine, engine.connect() as connection:
        rows = read_source_health(connection, now - timedelta(days=YIELD_DAYS))
    return {row.id: SourceFigures(**asdict(row)) for row in rows}


def _show_table(office: Office) -> None:
    from rich.console import Console
    from rich.table import Table

    from bot.sources.health import COLUMNS, YIELD_DAYS, health_rows

    table = Table(*COLUMNS, caption=f"figures of the last {YIELD_DAYS} days", box=None, header_style="bold")
    for row in health_rows(office.listed.sources, office.figures(), office.now):
        table.add_row(*row)
    Console(width=None if sys.stdout.isatty() else 200, soft_wrap=False).print(table)


def _add(office: Office, url: str, *, dry_run: bool) -> None:
    from bot.sources.discovery import check_source, describe_check, find_source, write_entry
    from bot.sources.source_list import free_id

    if (known := office.listed.reading(url)) is not None:
        typer.echo(_known_already(known))
        return
    entry = find_source(url, office.tools, office.now)
    if (known := office.listed.reading(entry.place)) is not None:
        typer.echo(_known_already(known))
        return
    entry = replace(entry, id=free_id(entry.kind, entry.place, {each.id for each in office.listed.sources}))
    checked = check_source(entry, office.tools, office.now)
    typer.echo(f"{entry.kind} at {entry.place}: {describe_check(checked)}")
    for line in preview_lines(checked.found):
        typer.echo(line)
    if entry.kind == "page":
        typer.echo(NO_LIST_FOUND)
    typer.echo(f"\n{write_entry(entry)}", nl=False)
    if dry_run:
        return
    _write_list(office, [entry])
    typer.echo(f"written to {office.path.as_posix()}")


def _known_already(known: "SourceEntry") -> str:
    way = (
        f"it is disabled ({known.disabled}): take the `disabled` line away to have it read"
        if known.disabled
        else f"`bot sources check {known.id.partition(':')[2]}` tries it"
    )
    return f"{known.place} is listed already, as {known.id} on line {known.line}; {way}. Nothing was written."


def preview_lines(found: Iterable[Article | Rejected]) -> list[str]:
    """Return the articles a check gave, two lines each: as they would be read, or why not."""
    lines: list[str] = []
    for one in found:
        if isinstance(one, Rejected):
            lines.append(f"  ✗ {one.place}: {one.reason}")
            continue
        day = f"{one.published.first:%Y-%m-%d} ({one.published.basis})" if one.published else "no date"
        start = " ".join(one.text[one.title_end :].split())[:100]
        lines.append(f"  • {day} · {one.publisher or 'unknown publisher'} ({one.publisher_role}) · {one.title}")
        lines.append(f"    {len(one.text):,} characters, {one.language}, {one.judged}: {start}…")
    return lines


def _check(office: Office, names: list[str]) -> int:
    from bot.sources.discovery import check_source, describe_check

    names_by_id = {entry.id: {entry.id, entry.id.partition(":")[2]} for entry in office.listed.sources}
    chosen = [entry for entry in office.listed.sources if not names or names_by_id[entry.id] & set(names)]
    unknown = sorted(set(names) - set().union(*names_by_id.values()))
    for name in unknown:
        typer.echo(f"{name}: no such source; `bot sources` lists them", err=True)
    failed = len(unknown)
    for entry in chosen:
        checked = check_source(entry, office.tools, office.now, articles=2)
        failed += checked.visit.failed and not entry.disabled
        typer.echo(f"{entry.id}{' (disabled)' if entry.disabled else ''}: {describe_check(checked)}")
    return failed


def _import(office: Office, file: Path) -> None:
    from bot.sources.opml import new_entries, read_opml

    subscriptions, left_out = read_opml(file.read_bytes())
    new = new_entries(subscriptions, office.listed.sources)
    if new:
        _write_list(office, new)
    for reason in left_out:
        typer.echo(f"left out: {reason}", err=True)
    typer.echo(f"{len(new)} added, {len(subscriptions) - len(new)} known already; `bot sources check` tries them")


def _write_list(office: Office, entries: "list[SourceEntry]") -> None:
    from bot.sources.discovery import with_entries

    text = office.path.read_text(encoding="utf-8") if office.path.exists() else "sources: []\n"
    office.path.write_text(with_entries(text, entries, office.path.as_posix()), encoding="utf-8")

"""`bot backfill`: the past, read once, judged as it would have been day by day."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bot.backfill import Filled, fill, published_between
from bot.cli import delivery, screens, wiring
from bot.core.messages.planning import plan_digest
from bot.core.model import Article, ChangeKind, Outcome, Rejected
from bot.history.coverage import Covered, note_archive
from bot.history.source_health import read_keys_by_path
from bot.sources.files import article_files, read_article_file
from bot.sources.parser_process import ParserProcess
from bot.sources.warc import WarcSource, is_archive

DONE, FAILED = 0, 1
WHY_BUNDLED = "They come from the past, read in one go, so they are told together."


def run(sources: Sequence[str], *, first: date | None, last: date | None, post: str) -> int:
    """Fill the history from folders and files, tell what came of it, and return the exit status."""
    read = wiring.load_settings()
    out = screens.console(stderr=True)
    with wiring.open_house(read) as house:
        filled = fill_from(
            house, [Path(source) for source in sources], first=first, last=last, post=post, on_console=False, out=out
        )
        tell(filled, out)
        delivery.drain(house, out)
    return FAILED if filled.ingested.rejected else DONE


def fill_from(
    house: wiring.House,
    paths: Sequence[Path],
    *,
    first: date | None,
    last: date | None,
    post: str,
    on_console: bool,
    out: Console,
) -> Filled:
    """Read and judge what is below the paths; `post` is none, digest or all."""
    on_console = on_console or not house.speaks_to_slack
    files = [(root, file) for root in paths for file in article_files(root)]
    with ParserProcess() as parser, _progress(out) as progress:
        task = progress.add_task("Reading articles", total=len(files))
        filled = fill(
            published_between(_readings(files, house, parser), first, last),
            extract=house.rules.extractor.extract,
            history=house.store,
            judge=house.judge,
            before_judging=partial(_note_archives, house),
            plan=house.rules.plan(on_console=on_console) if post == "all" else None,
            on_read=lambda count: progress.advance(task, count),
        )
        progress.update(task, completed=len(files))
    if post == "digest":
        _bundle(house, filled, on_console=on_console)
    return filled


def tell(filled: Filled, out: Console) -> None:
    """Say what a backfill stored, what it could not read, and what it set off."""
    for each in filled.ingested.rejected:
        out.print(f"not read: {each.place}: {each.reason}", markup=False, soft_wrap=True)
    stored, judged = filled.ingested.recorded, filled.judged
    if not filled.is_news:
        out.print(f"Nothing is new: {stored.known} articles were known already, and no alert changed.")
        return
    out.print(
        f"{stored.articles} new articles, {stored.versions} new versions, {stored.known} known already; "
        f"{stored.events} events; {judged.alerts} alerts and {judged.reviews} reviews opened."
    )


def _readings(
    files: Sequence[tuple[Path, Path]], house: wiring.House, parser: ParserProcess
) -> Iterator[Article | Rejected]:
    desk = wiring.desk(house.rules, wiring.now())
    sources = {root: f"folder:{root.name or root}" for root, _file in files}
    with house.engine.connect() as connection:
        key_by_path = read_keys_by_path(connection, sorted(set(sources.values())))
    for root, file in files:
        if is_archive(file):
            yield from WarcSource(file, desk=desk, parser=parser).read(None)
            continue
        key = key_by_path.get(file.as_posix(), "")
        yield read_article_file(file, desk=desk, parser=parser, source=sources[root], key=key)


def _note_archives(house: wiring.House, articles: Mapping[str, tuple[date, date]]) -> None:
    """Remember that the past of these sources was read from end to end."""
    with house.engine.begin() as connection:
        for source, (first, last) in articles.items():
            note_archive(connection, Covered(source=source, first=first, last=last))


def _bundle(house: wiring.House, filled: Filled, *, on_console: bool) -> None:
    opened = [
        alert
        for alert, change in filled.judged.changes
        if change.kind is ChangeKind.OPENED and alert.outcome is Outcome.ALERT
    ]
    if opened:
        channels = house.rules.channels.on_console() if on_console else house.rules.channels
        key = f"backfill:{min(alert.id for alert in opened)}:{len(opened)}"
        house.outbox.add(plan_digest(opened, channels, key, WHY_BUNDLED))


def _progress(out: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=out,
        disable=not out.is_terminal,
    )


def missing(paths: Sequence[Path]) -> list[Rejected]:
    """Return the paths that are not there."""
    return [
        Rejected(place=str(path), reason="there is no such file or folder; check the path")
        for path in paths
        if not path.exists()
    ]

"""`bot backfill`: the past, read once in chunks by one or more processes, judged as it would have been day by day."""

import json
import multiprocessing
import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date
from functools import partial
from hashlib import sha256
from itertools import islice
from multiprocessing.connection import wait
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.backfill import Reader, judge_all, patiently, published_between
from bot.cli import delivery, screens, wiring
from bot.cli.progress import Gauge
from bot.core.messages.planning import plan_digest
from bot.core.model import Alert, Article, Change, ChangeKind, Delivery, Masthead, Outcome, Recorded, Rejected
from bot.core.rules.replay import replay
from bot.core.rules.setting import ALWAYS_READ
from bot.errors import BotError, StoreAwayError
from bot.history.coverage import note_backfill
from bot.history.leases import Workers
from bot.history.ledger import Ledger, Progress
from bot.history.source_health import read_keys_by_path
from bot.settings import Settings
from bot.sources.archives import Piece, cut, read_piece
from bot.sources.parser_process import ParserProcess

DONE, FAILED = 0, 1
LEAVE_SECONDS = 3.0  # for a process to close its connections once everything is read
LOOK_SECONDS = 0.5  # how often the progress of other processes is looked at
SHOWN_REJECTS = 20  # of what could not be read, on the screen; the file has all
ALONE_BELOW = 8  # chunks; starting a process costs more than so many chunks take
WHY_BUNDLED = "They come from the past, read in one go, so they are told together."


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What a backfill was asked to do; stored with it, so that it can be resumed."""

    sources: tuple[str, ...]
    first: str | None = None  # ISO day
    last: str | None = None
    post: str = "digest"  # none, digest or all

    @property
    def window(self) -> tuple[date | None, date | None]:
        """Return the days between which articles are taken."""
        first, last = (date.fromisoformat(day) if day else None for day in (self.first, self.last))
        return first, last


@dataclass(frozen=True, kw_only=True, slots=True)
class Filled:
    """What a backfill did."""

    id: str
    progress: Progress
    judged: Recorded
    rejected: tuple[Rejected, ...]  # the first of what could not be read; `progress` has the number
    failed: tuple[str, ...]  # chunks that were given up, with the reason

    @property
    def is_news(self) -> bool:
        """Say whether anything was stored that was not there before."""
        return bool(self.progress.articles or self.progress.versions or self.judged.changes)


def run(
    asked: Asked,
    *,
    resume: str | None,
    workers: int | None,
    dask: str | None,
    stored: bool,
    dry_run: bool,
    rules: Path | None,
) -> int:
    """Fill the history as asked, tell what came of it, and return the exit status."""
    read = wiring.load_settings()
    if rules is not None:
        read = read.model_copy(update={"rules_dir": rules})
    out = screens.console(stderr=True)
    if dry_run:
        return _rehearse(read, asked, out)
    with wiring.open_house(read, reads_articles=not stored) as house:
        filled = fill(
            house,
            asked,
            resume=resume,
            engine=_Engine(workers=workers, dask=dask, rules=rules),
            stored=stored,
            on_console=False,
            out=out,
        )
        tell(filled, out)
        if filled.judged.changes:
            out.print(months_table(filled.judged.changes))
        _keep_rejects(read, Ledger(house.engine), filled.id, out)
        patiently(lambda: delivery.drain(house, out))
    return FAILED if filled.rejected or filled.failed else DONE


@dataclass(frozen=True, kw_only=True, slots=True)
class _Engine:
    """What does the chunks."""

    workers: int | None = None  # processes; None: as many as there are processors, one for little work
    dask: str | None = None  # address of a Dask scheduler
    rules: Path | None = None


def fill(
    house: wiring.House,
    asked: Asked,
    *,
    on_console: bool,
    out: Console,
    resume: str | None = None,
    engine: _Engine | None = None,
    stored: bool = False,
) -> Filled:
    """Read, judge and plan what is told; a backfill that was begun and not ended is gone on with."""
    ledger, name = Ledger(house.engine), ""
    if not stored:
        name, asked = _open(ledger, asked, resume)
    on_console = on_console or not house.speaks_to_slack

    def carry_out() -> Filled:
        if name:
            _read_all(house, ledger, name, engine or _Engine(), out)
        return _filled(ledger, name, _judge_all(house, name, asked.post, on_console=on_console))

    return patiently(carry_out)


def _judge_all(house: wiring.House, name: str, post: str, *, on_console: bool) -> Recorded:
    plan = house.rules.plan(on_console=on_console) if post == "all" else None
    bundle = partial(_bundled, house, name or "stored", on_console=on_console) if post == "digest" else None
    return judge_all(house.store, house.judge, plan, bundle, house.division())


def _open(ledger: Ledger, asked: Asked, resume: str | None) -> tuple[str, Asked]:
    """Write a backfill into the ledger, or find the one to go on with."""
    if resume is not None:
        known = ledger.read(resume)
        if known is None:
            raise BotError(f"no backfill is called {resume}; `bot status` shows those that are not finished")
        ledger.reopen_failed(resume)
        ledger.release(resume)
        return resume, Asked(
            **{**json.loads(known.arguments), "sources": tuple(json.loads(known.arguments)["sources"])}
        )
    began = wiring.now()
    name = f"{began:%Y%m%dT%H%M%S}-{sha256(repr((asked, began, os.getpid())).encode()).hexdigest()[:6]}"
    places = (piece.to_json() for piece in cut(Path(source) for source in asked.sources))
    ledger.open(name, json.dumps(asdict(asked)), places, began)
    return name, asked


def _read_all(house: wiring.House, ledger: Ledger, name: str, engine: _Engine, out: Console) -> None:
    chunks = ledger.progress(name).chunks
    workers = engine.workers or (os.cpu_count() or 1)
    with Gauge(out, chunks) as gauge:

        def look() -> Progress | None:
            with suppress(StoreAwayError):  # the readers wait for it to come back; so does this
                progress = ledger.progress(name)
                gauge.show(progress.done + progress.failed, progress.articles + progress.versions + progress.known)
                return progress
            return None

        with ParserProcess() as parser:
            reader = reader_for(house, name, parser, delivery.worker_name())
            if engine.dask is not None:
                _do_on_cluster(engine.dask, name, chunks, look)
            elif workers > 1 and (chunks >= ALONE_BELOW or engine.workers is not None):
                _do_in_processes(house, reader, name, workers=min(workers, chunks), rules=engine.rules, look=look)
            # What is left is done here: all of it where nobody else helps, and what was claimed when a claim's answer
            # was lost with the connection.
            while not ledger.progress(name).is_read:
                ledger.release(name)
                reader.do_all(name, look)
    with house.engine.begin() as connection:
        note_backfill(connection, name, {Piece.from_json(place).source for place in ledger.places(name)})


def _do_on_cluster(address: str, name: str, chunks: int, look: Callable[[], object]) -> None:
    try:
        from bot.cli.dask_engine import do_on_cluster
    except ImportError as error:
        raise BotError("--dask needs the package distributed: .venv/bin/pip install distributed") from error
    do_on_cluster(address, name, chunks, look)


def _do_in_processes(
    house: wiring.House,
    reader: Reader,
    name: str,
    *,
    workers: int,
    rules: Path | None,
    look: Callable[[], Progress | None],
) -> None:
    """Let processes do chunks until none is left; one that dies gives its chunk back, one that hangs loses it.

    Once a process has ended nothing waits, so what can be taken here then is what another one let slip.
    """
    context = multiprocessing.get_context("spawn")
    running = {
        (worker := delivery.worker_name()): context.Process(target=do_chunks, args=(name, worker, rules))
        for _ in range(workers)
    }
    for process in running.values():
        process.start()
    try:
        while any(process.is_alive() for process in running.values()):
            wait([process.sentinel for process in running.values() if process.is_alive()], LOOK_SECONDS)
            for worker in [worker for worker, process in running.items() if process.exitcode is not None]:
                if running.pop(worker).exitcode != 0:
                    patiently(partial(Workers(house.engine).leave, worker))
            if len(running) < workers:
                reader.do_all(name, look)
            if (progress := look()) is not None and progress.is_read:
                break
    finally:
        for process in running.values():
            process.join(LEAVE_SECONDS)
            process.kill()


def do_chunks(name: str, worker: str, rules: Path | None) -> None:
    """Do chunks of a backfill in a process of its own."""
    read = wiring.load_settings()
    if rules is not None:
        read = read.model_copy(update={"rules_dir": rules})
    with wiring.open_house(read) as house, ParserProcess() as parser:
        reader_for(house, name, parser, worker).do_all(name)


def reader_for(house: wiring.House, name: str, parser: ParserProcess, worker: str) -> Reader:
    """Return what one process needs to do the chunks of a backfill."""
    known = Ledger(house.engine).read(name)
    arguments = json.loads(known.arguments) if known else {"sources": ()}
    first, last = Asked(**{**arguments, "sources": tuple(arguments["sources"])}).window
    desk = wiring.desk(house.rules, wiring.now())

    def read(place: str) -> Iterable[Article | Rejected]:
        piece = Piece.from_json(place)
        with house.engine.connect() as connection:
            key_by_path = read_keys_by_path(connection, piece.source, piece.article_files)
        return published_between(read_piece(piece, desk=desk, parser=parser, key_by_path=key_by_path), first, last)

    return Reader(
        worker=worker,
        ledger=Ledger(house.engine),
        store=house.store,
        read=read,
        extract=house.rules.extractor.extract,
        clock=wiring.now,
    )


def _filled(ledger: Ledger, name: str, judged: Recorded) -> Filled:
    if name:
        ledger.mark_judged(name, wiring.now())
        ledger.mark_finished(name, wiring.now())
    return Filled(
        id=name,
        progress=ledger.progress(name),
        judged=judged,
        rejected=tuple(islice(ledger.rejects(name), SHOWN_REJECTS)),
        failed=tuple(f"chunk {each.number} ({each.place}): {each.error}" for each in ledger.failed(name)),
    )


def tell(filled: Filled, out: Console) -> None:
    """Say what a backfill stored, what it could not read, and what it set off."""
    for each in filled.rejected:
        out.print(f"not read: {each.place}: {each.reason}", markup=False, soft_wrap=True)
    if (more := filled.progress.rejects - len(filled.rejected)) > 0:
        out.print(f"not read: {more:,} more")
    for failed in filled.failed:
        line = f"given up: {failed}; try again with: bot backfill --resume {filled.id}"
        out.print(line, markup=False, soft_wrap=True)
    stored, judged = filled.progress, filled.judged
    if not filled.is_news and not filled.id:
        out.print("Nothing is new: no alert changed.")
        return
    if not filled.is_news:
        out.print(f"Nothing is new: {stored.known} articles were known already, and no alert changed.")
        return
    out.print(
        f"{stored.articles} new articles, {stored.versions} new versions, {stored.known} known already; "
        f"{stored.events} events; {judged.alerts} alerts and {judged.reviews} reviews opened."
    )


def months_table(changes: Sequence[tuple[Alert, Change]]) -> Table:
    """Return how many alerts and reviews each rule opened in each month."""
    opened = Counter(
        (alert.rule, f"{alert.opened_on:%Y-%m}", alert.outcome)
        for alert, change in changes
        if change.kind is ChangeKind.OPENED
    )
    table = Table(pad_edge=False)
    for column in ("Rule", "Month", "Alerts", "Reviews"):
        table.add_column(column, justify="right" if column in ("Alerts", "Reviews") else "left")
    for rule, month in sorted({(rule, month) for rule, month, _ in opened}):
        counts = (str(opened[rule, month, outcome]) for outcome in (Outcome.ALERT, Outcome.REVIEW))
        table.add_row(*map(Text, (rule, month, *counts)))
    return table


def _keep_rejects(read: Settings, ledger: Ledger, name: str, out: Console) -> None:
    """Write down what could not be read, one JSON object a line."""
    if not name or not ledger.progress(name).rejects:
        return
    folder = read.data_dir / "rejects"
    folder.mkdir(parents=True, exist_ok=True)
    path, count = folder / f"{name}.jsonl", 0
    with path.open("w", encoding="utf-8") as listed:
        for count, each in enumerate(ledger.rejects(name), start=1):  # noqa: B007 - the last number is the count
            listed.write(f"{json.dumps(asdict(each), ensure_ascii=False)}\n")
    out.print(f"{count:,} could not be read; they are listed in {path}", markup=False, soft_wrap=True)


def _bundled(
    house: wiring.House, name: str, changes: Sequence[tuple[Alert, Change]], *, on_console: bool
) -> Sequence[Delivery]:
    opened = [alert for alert, change in changes if change.kind is ChangeKind.OPENED and alert.outcome is Outcome.ALERT]
    channels = house.rules.channels.on_console() if on_console else house.rules.channels
    return plan_digest(opened, channels, f"backfill:{name}:{opened[0].id}", WHY_BUNDLED) if opened else ()


def _rehearse(read: Settings, asked: Asked, out: Console) -> int:
    """Read and judge without a database, and show what would come of it."""
    rules = wiring.load_rules(read.rules_dir)
    first, last = asked.window
    desk, rejected = wiring.desk(rules, wiring.now()), list[Rejected]()
    articles: dict[str, Article] = {}
    with ParserProcess() as parser:
        for piece in cut(Path(source) for source in asked.sources):
            for each in published_between(read_piece(piece, desk=desk, parser=parser), first, last):
                if isinstance(each, Rejected):
                    rejected.append(each)
                else:
                    articles[each.key] = each
    events = [event for article in articles.values() for event in rules.extractor.extract(article)]
    until = max((article.learned for article in articles.values()), default=wiring.now())
    heads = {key: _masthead(article) for key, article in articles.items()}
    alerts = replay(rules.book, events, until, mastheads=heads, coverage=ALWAYS_READ)
    for each in rejected:
        out.print(f"not read: {each.place}: {each.reason}", markup=False, soft_wrap=True)
    out.print(f"{len(articles)} articles, {len(events)} events; nothing was stored and nobody was told.")
    screens.console().print(months_table([(alert, alert.changes[0]) for alert in alerts]))
    return FAILED if rejected else DONE


def _masthead(article: Article) -> Masthead:
    return Masthead(
        key=article.key,
        title=article.title,
        publisher=article.publisher,
        published=article.published,
        url=article.url,
        path=article.path,
    )

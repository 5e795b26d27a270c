"""`bot try`: what would be read in these texts and which rules would fire; no database, no Slack."""

import json
import sys
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from rich.console import Console
from rich.text import Text

from bot.cli import screens, wiring
from bot.cli.shape import article_json, event_json
from bot.core.model import Article, Event, Outcome, Rejected
from bot.core.rules.language import ACTIVE
from bot.core.rules.nearmiss import NearMiss, near_misses
from bot.core.rules.single import Verdict, judge_article
from bot.sources.files import article_files, read_article_file
from bot.sources.parser_process import ParserProcess

DONE, BAD_INPUT = 0, 2


def show(paths: Sequence[Path], *, published: date | None, as_json: bool) -> int:
    """Print what each text gives; return the exit status."""
    read = wiring.load_settings()
    rules = wiring.load_rules(read.rules_dir)
    out, rejected = screens.console(), list[Rejected]()
    for reading in read_articles(paths, published, rules):
        if isinstance(reading, Rejected):
            rejected.append(reading)
            continue
        events = rules.extractor.extract(reading) if reading.language == "en" else ()
        verdicts = [each for each in judge_article(reading, events, rules.book) if each.status == ACTIVE]
        if as_json:
            _print_json(reading, events, verdicts)
        else:
            _print_text(reading, events, verdicts, out)
            _print_near_misses(near_misses(events, rules.book), out)
    for each in rejected:
        print(f"{each.place}: {each.reason}", file=sys.stderr)  # noqa: T201 - this is where errors are told
    return BAD_INPUT if rejected else DONE


def read_articles(paths: Sequence[Path], published: date | None, rules: wiring.Rules) -> Iterator[Article | Rejected]:
    """Yield each article of the files and folders, or why a file is none."""
    desk = wiring.desk(rules, wiring.now(), published=published)
    with ParserProcess() as parser:
        for path in paths:
            if not path.exists():
                yield Rejected(place=str(path), reason="there is no such file or folder; check the path")
                continue
            for file in article_files(path):
                yield read_article_file(file, desk=desk, parser=parser)


def _print_json(article: Article, events: Sequence[Event], verdicts: Sequence[Verdict]) -> None:
    number_by_id = {event.id: number for number, event in enumerate(events)}
    told = {
        "article": article_json(article),
        "events": [event_json(event, number) for number, event in enumerate(events)],
        "alerts": [verdict.as_json(number_by_id) for verdict in verdicts],
    }
    print(json.dumps(told, ensure_ascii=False))  # noqa: T201 - the command's output


def _print_text(article: Article, events: Sequence[Event], verdicts: Sequence[Verdict], out: Console) -> None:
    out.print(Text(article.title or article.path or article.key, style="bold"), soft_wrap=True)
    out.print(Text(f"  {article.publisher or 'unnamed publisher'}, {_day(article)}; {len(events)} events"))
    for verdict in verdicts:
        mark = screens.MARK_BY_SEVERITY[verdict.severity] if verdict.outcome is Outcome.ALERT else "? review"
        out.print(Text(f"  {mark}  {verdict.rule}: {verdict.says}"), soft_wrap=True)
        out.print(Text(f"      “{verdict.event.quote}” in: {' '.join(verdict.event.sentence.split())}"), soft_wrap=True)
        for clause in verdict.why:
            out.print(Text(f"      {_answer(met=clause.met)} {clause.slot}: {clause.text}"), soft_wrap=True)
    if not verdicts:
        out.print("  no rule fires")


def _print_near_misses(misses: Sequence[NearMiss], out: Console) -> None:
    for miss in misses:
        out.print(Text(f"  nearly  {miss.rule} ({miss.place}), by “{miss.event.quote}”"), soft_wrap=True)
        out.print(Text(f"      no  {miss.clause.slot}: {miss.clause.text}"), soft_wrap=True)


def _day(article: Article) -> str:
    when = article.published
    if when is None:
        return "undated"
    days = f"{when.first}" if when.first == when.last else f"{when.first} to {when.last}"
    return f"{days} ({when.basis})"


def _answer(*, met: bool | None) -> str:
    return {True: "yes", False: "no ", None: "?  "}[met]

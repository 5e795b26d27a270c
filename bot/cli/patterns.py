"""`bot events`: what a pattern author types."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Check and explain the patterns that find events in a text.", no_args_is_help=True)

Directory = Annotated[Path | None, typer.Option("--rules", metavar="DIR", help="instead of RULES_DIR")]


@app.command()
def lint(*, directory: Directory = None) -> None:
    """Run the examples beside the patterns; name what no example exercises, repeats and lists that nothing uses."""
    from bot.core.events.examples import load_extractor
    from bot.core.events.lint import lint_event_types
    from bot.core.text.entities import load_entities
    from bot.rule_files import read_rule_files

    files = read_rule_files(_directory(directory))
    extractor = load_extractor(files, load_entities(files.get("rules/entities.yaml", "")))
    faults = lint_event_types(extractor)
    for fault in faults:
        _say(f"{fault.path}:{fault.line}:{fault.column}: warning: {fault.message}")
    _say(f"{len(extractor.types.types)} event types load and their examples hold; {len(faults)} warnings")


@app.command()
def explain(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="an article, as for `bot try`")],
    *,
    published: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="when it came out")] = None,
    directory: Directory = None,
) -> None:
    """Show each sentence with what hit in it, what vetoed it and why."""
    from bot.cli import wiring
    from bot.cli.attempt import read_articles
    from bot.core.events.explain import explain_trace
    from bot.core.model import Rejected

    rules = wiring.load_rules(_directory(directory))
    for reading in read_articles([file], published.date() if published else None, rules):
        if isinstance(reading, Rejected):
            print(f"{reading.place}: {reading.reason}", file=sys.stderr)  # noqa: T201 (a command's complaint)
            sys.exit(2)
        unread = rules.extractor.unread(reading)
        if unread:
            _say(f"not read for events: {unread}; what its sentences would say:")
        for line in explain_trace(rules.extractor.trace(reading)):
            _say(line)


def _say(words: str) -> None:
    print(words)  # noqa: T201 (a command's answer)


def _directory(directory: Path | None) -> Path:
    if directory is not None:
        return directory
    from bot import settings

    return settings.load().rules_dir

"""`bot rules`: what a rule author types. Declared here, done by the functions below, which import when they run."""

import sys
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from bot.core.rules.proof import Proof

app = typer.Typer(help="Check, prove, preview and write rules.", no_args_is_help=True)

Directory = Annotated[Path | None, typer.Option("--rules", metavar="DIR", help="instead of RULES_DIR")]
Ids = Annotated[list[str] | None, typer.Argument(metavar="[RULE]…", help="only these rules")]


@app.command()
def lint(ids: Ids = None, *, directory: Directory = None) -> None:
    """Name every fault at file:line:col, read each rule back as a sentence, and warn of what is not proved."""
    sys.exit(_lint(ids or [], directory))


@app.command("test")
def prove_rules(
    ids: Ids = None,
    *,
    directory: Directory = None,
    coverage: Annotated[bool, typer.Option("--coverage", help="which outcomes the tests of each rule reach")] = False,
    mutate: Annotated[bool, typer.Option("--mutate", help="which small lies about a rule its tests miss")] = False,
) -> None:
    """Run the rules' own tests, from an article's words to the outcome."""
    sys.exit(_test(ids or [], directory, coverage=coverage, mutate=mutate))


@app.command()
def schema(
    *,
    directory: Directory = None,
    check: Annotated[bool, typer.Option("--check", help="only say whether the committed files are up to date")] = False,
) -> None:
    """Write a JSON Schema for each kind of file, for completion in an editor, and REFERENCE.md for people."""
    sys.exit(_schema(directory, check=check))


@app.command()
def new(
    rule: Annotated[str, typer.Argument(metavar="FOLDER/RULE", help="timely-access/my-rule")],
    *,
    event: Annotated[str, typer.Option(help="an event type")] = "appointment_wait",
    kind: Annotated[str, typer.Option(help="match, count, absence, deadline, contradiction or change")] = "match",
    directory: Directory = None,
) -> None:
    """Write a new rule from a template, with tests to fill in."""
    sys.exit(_new(rule, event, kind, directory))


@app.command()
def preview(
    *,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="opened on or after")
    ] = None,
) -> None:
    """Judge the stored history by the rules on disk: alerts gained and lost, each with its sentence."""
    sys.exit(_preview(since.date() if since else None))


@app.command()
def suggest(
    alert: Annotated[str, typer.Argument(metavar="ALERT", help="a false alarm's id, as `bot alerts` shows it")],
) -> None:
    """Propose what would have kept the rule quiet about a false alarm: an `unless` clause and a test, as a patch."""
    from bot.cli.suggesting import show

    sys.exit(show(alert))


def _say(words: str) -> None:
    print(words)  # noqa: T201  # a command's answer


def _directory(directory: Path | None) -> Path:
    if directory is not None:
        return directory
    from bot import settings

    return settings.load().rules_dir


def _lint(ids: list[str], directory: Path | None) -> int:
    from bot.core.messages.words import counted
    from bot.core.rules.lint import warnings
    from bot.core.rules.readback import read_back
    from bot.rule_files import load_directory

    book = load_directory(_directory(directory))
    chosen = [rule for rule in book.rules if not ids or rule.id in ids]
    paths = {rule.path for rule in chosen}
    for rule in chosen:
        _say(f"{rule.id} ({rule.version}): {read_back(rule)}")
    for warning in warnings(book):
        if warning.path in paths:
            _say(f"{warning} (warning)")
    for fault in book.faults:
        _say(str(fault))
    for name in sorted(set(ids) - {rule.id for rule in chosen}):
        _say(f"no rule that loads is called {name}")
    _say(f"{counted(len(book.rules), 'rule')}, {counted(len(book.faults), 'fault')}")
    return 2 if book.faults else 0


def _test(ids: list[str], directory: Path | None, *, coverage: bool, mutate: bool) -> int:
    from bot.core.events.extractor import Extractor
    from bot.core.messages.words import counted
    from bot.core.rules.proof import prove
    from bot.core.rules.rulebook import load_rulebook, strict
    from bot.rule_files import read_rule_files

    texts = read_rule_files(_directory(directory))
    book = strict(load_rulebook(texts))
    if book.definitions is None or book.entities is None:
        _say("rules/events/ or rules/entities.yaml is missing; a rule's tests need both")
        return 2
    unknown = sorted(set(ids) - {rule.id for rule in book.rules})
    if unknown:
        _say(f"no rule is called {', '.join(unknown)}")
        return 2
    extract = Extractor(book.definitions, book.entities).extract
    chosen = [rule for rule in book.rules if not ids or rule.id in ids]
    proofs = [proof for rule in chosen for proof in prove(rule, book, extract)]
    failed = [proof for proof in proofs if not proof.holds]
    paths = {rule.id: rule.path for rule in chosen}
    for proof in failed:
        _say(f"{paths[proof.rule]}:{proof.test.line}: {_came_out(proof)}")
    if coverage:
        for rule in chosen:
            reached = sorted({proof.outcome.value for proof in proofs if proof.rule == rule.id})
            _say(f"{rule.id}: {len(rule.tests)} tests reach {', '.join(reached) or 'nothing'}")
    survivors = 0
    if mutate:
        from bot.core.rules.mutation import score

        for rule in chosen:
            result = score(rule, texts[rule.path], book, extract, book.dictionary())
            survivors += len(result.survivors)
            _say(f"{rule.id}: {result.share:.0%} of {result.mutants} mutants noticed")
            for name in result.survivors:
                _say(f"    not noticed: {name}")
    _say(f"{counted(len(proofs), 'test')} of {counted(len(chosen), 'rule')}, {len(failed)} failed")
    return 1 if failed or survivors else 0


def _came_out(proof: "Proof") -> str:
    """Say what a test expected and what came of it."""
    from bot.core.rules.compare import shown

    test = proof.test
    asked, got = [test.expect.value], [proof.outcome.value]
    if test.severity is not None:
        asked, got = [*asked, test.severity.value], [*got, proof.severity.value if proof.severity else "no severity"]
    if test.reminders is not None:
        asked, got = [*asked, f"{test.reminders} reminders"], [*got, f"{proof.reminders} reminders"]
    values = ", ".join(f"{name}: {shown(value)}" for name, value in test.values.items())
    seen = "" if proof.events or test.values else "; no event was read in its words"
    return f"expected {', '.join(asked)}, got {', '.join(got)}: {test.name or test.text or values}{seen}"


def _schema(directory: Path | None, *, check: bool) -> int:
    from bot.cli.schemas import schema_files
    from bot.rule_files import load_directory

    root = _directory(directory)
    files = schema_files(load_directory(root))
    stale = [name for name, text in files.items() if not _is_equal(root / name, text)]
    if check:
        for name in stale:
            _say(f"{root / name} is not up to date; run bot rules schema")
        return 1 if stale else 0
    for name in stale:
        (root / name).write_text(files[name], encoding="utf-8")
    _say(f"wrote {', '.join(stale)}" if stale else "nothing to do: all files are up to date")
    return 0


def _is_equal(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


def _new(rule: str, event: str, kind: str, directory: Path | None) -> int:
    from bot.core.marked_yaml import suggestion
    from bot.core.rules.shape import KINDS
    from bot.core.rules.template import new_rule
    from bot.rule_files import load_directory

    root = _directory(directory)
    folder, _, name = rule.partition("/")
    if not name:
        _say(f"write FOLDER/RULE, such as timely-access/{rule}")
        return 2
    path = root / folder / f"{name}.yaml"
    types = load_directory(root).event_types
    if event not in types:
        _say(f"there is no event type '{event}'{suggestion(event, tuple(types))}")
        return 2
    if kind not in KINDS:
        _say(f"there is no kind '{kind}'{suggestion(kind, KINDS) or '; one of ' + ', '.join(KINDS)}")
        return 2
    if path.exists():
        _say(f"{path} is there already")
        return 1
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(new_rule(name, types[event], channel="alerts", form=kind), encoding="utf-8")
    _say(f"wrote {path}; fill in its tests, then run bot rules test {name}")
    return 0


def _preview(since: date | None) -> int:
    from bot.cli.previewing import show

    return show(since)

"""Every error the bot raises, named after who must act.

BotError
├── SettingsError      operator: the environment or .env is wrong (all faults in one go)
├── StoreError         operator: the database cannot be used
│   ├── StoreAwayError operator: the database went away, and may come back by itself
│   └── SchemaError    operator: the schema is older or newer than the program
├── RuleFileError      rule author: one or more faults, each at path:line:col
├── HungError          nobody, a supervisor starts it again: a thread of the worker gave no sign for too long
├── SourceError        nobody, next cycle: a feed, page or file could not be read
└── DeliveryError      operator or developer: Slack refused, or did not answer clearly
"""

from dataclasses import dataclass


class BotError(Exception):
    """Anything the bot knows how to explain to a person."""


class SettingsError(BotError):
    """The environment or `.env` holds values that cannot be used."""


class StoreError(BotError):
    """The database cannot be reached, started or trusted."""


class StoreAwayError(StoreError):
    """The database cannot be reached just now; nothing is lost, what was not committed is to be done again."""


class SchemaError(StoreError):
    """The database's schema is not the one this program needs."""


class HungError(BotError):
    """Threads of this program gave no sign for longer than they may; `jobs` names what they were at."""

    def __init__(self, jobs: tuple[str, ...]) -> None:
        self.jobs = jobs
        super().__init__(f"no sign of life from: {', '.join(jobs)}")


class SourceError(BotError):
    """A source, page or file could not be read; the next cycle tries again."""


class DeliveryError(BotError):
    """A message was refused, or nobody knows whether it arrived."""


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Fault:
    """One thing wrong with one file that a person edits."""

    path: str  # as the person would type it, relative to where the command runs
    line: int  # from 1
    column: int  # from 1
    message: str  # what is wrong, what was expected, what to do

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {self.message}"


class RuleFileError(BotError):
    """Files under the rules directory hold faults; `faults` has all of them, sorted."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = tuple(sorted(faults))
        super().__init__("\n".join(str(fault) for fault in self.faults))

"""One line for each piece of work, on standard error: `noun_verbed` and fields; ids, never bodies; no secrets."""

import json
import logging
import re
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Literal

MASK = "***"
SECRET_FORMS = re.compile(
    r"\b(?:xox[a-z]|xapp)-[A-Za-z0-9-]+"  # Slack's tokens
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"  # user:password of an address
    r"|(?<=/services/)[A-Za-z0-9/]+"  # a webhook's path is its key
)
PLAIN = re.compile(r"[\w.:/+,@-]+")  # a value that needs no quotes


class _Formatter(logging.Formatter, ABC):
    """Render a record with its fields and take out every secret at the last moment."""

    def __init__(self, secrets: Sequence[str]) -> None:
        super().__init__()
        self._secrets = sorted((secret for secret in secrets if secret), key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        line = self._line(record)
        for secret in self._secrets:
            line = line.replace(secret, MASK).replace(json.dumps(secret)[1:-1], MASK)
        return SECRET_FORMS.sub(MASK, line)

    @abstractmethod
    def _line(self, record: logging.LogRecord) -> str: ...

    def _trace(self, record: logging.LogRecord) -> str:
        return self.formatException(record.exc_info) if record.exc_info else ""


class _Text(_Formatter):
    def _line(self, record: logging.LogRecord) -> str:
        words = [_moment(record), f"{record.levelname.lower():7}", _one_line(record)]
        words += [f"{name}={_quoted(value)}" for name, value in _fields(record).items()]
        trace = self._trace(record)
        return " ".join(words) + (f"\n{trace}" if trace else "")


class _Json(_Formatter):
    def _line(self, record: logging.LogRecord) -> str:
        shown = {
            "at": _moment(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": _one_line(record),
            **_fields(record),
        }
        if trace := self._trace(record):
            shown["trace"] = trace
        return json.dumps(shown, ensure_ascii=False, default=str)


def configure(level: str, form: Literal["text", "json"], secrets: Sequence[str] = ()) -> None:
    """Send everything that is logged to standard error, and nothing anywhere else.

    Args:
        level: debug, info, warning or error.
        form: text for people, json for machines.
        secrets: Values that must never appear, wherever they come from.
    """
    formatter = _Json(secrets) if form == "json" else _Text(secrets)
    stream = logging.StreamHandler(sys.stderr)
    stream.setFormatter(formatter)
    logging.basicConfig(level=level.upper(), handlers=[stream], force=True)
    for chatty in ("httpx", "httpcore", "trafilatura", "htmldate", "slack_sdk", "alembic"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, logging.getLogger().level))
    # A job that is still at work when it is due again is no trouble; the worker itself notes those that fail.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)


def note(logger: logging.Logger, event: str, *, level: int = logging.INFO, **fields: object) -> None:
    """Log that something happened: `note(logger, "article_recorded", article=key, events=3)`."""
    logger.log(level, event, extra={"fields": fields})


@contextmanager
def unit_of_work(logger: logging.Logger, name: str, **fields: object) -> Iterator[dict[str, object]]:
    """Log one line when the block ends, with its seconds and what the block put into the yielded mapping.

    The line is `NAME_finished`, or `NAME_failed` with the error's class and words when the block raises.
    """
    counted: dict[str, object] = dict(fields)
    began = time.perf_counter()
    try:
        yield counted
    except Exception as error:
        counted |= {"seconds": _seconds_since(began), "error": type(error).__name__, "says": str(error)}
        logger.error("%s_failed", name, extra={"fields": counted})  # noqa: TRY400 - whoever catches it shows the trace
        raise
    counted["seconds"] = _seconds_since(began)
    logger.info("%s_finished", name, extra={"fields": counted})


def _seconds_since(began: float) -> float:
    return round(time.perf_counter() - began, 3)


def _moment(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _one_line(record: logging.LogRecord) -> str:
    return record.getMessage().replace("\r", "\\r").replace("\n", "\\n")


def _fields(record: logging.LogRecord) -> Mapping[str, object]:
    fields = getattr(record, "fields", {})
    return fields if isinstance(fields, Mapping) else {}


def _quoted(value: object) -> str:
    shown = str(value)
    return shown if PLAIN.fullmatch(shown) else json.dumps(shown, ensure_ascii=False)

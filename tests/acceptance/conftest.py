"""What the stories of whole commands share."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL

from tests.fault_trials import Told, undisturbed, watched_folder
from tests.ready_bot import ReadyBot


@pytest.fixture(scope="session")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with an inbox, and rules that watch it."""
    folder = tmp_path_factory.mktemp("watched")
    watched_folder(folder)
    return folder


@pytest.fixture(scope="session")
def bot(watched: Path) -> Iterator[ReadyBot]:
    """Give commands that start in a blink."""
    with ReadyBot(watched / "rules") as ready:
        yield ready


@pytest.fixture(scope="session")
def expected(bot: ReadyBot, postgres: URL) -> Told:
    """Give what one process makes of the corpus in one go."""
    return undisturbed(bot, postgres)

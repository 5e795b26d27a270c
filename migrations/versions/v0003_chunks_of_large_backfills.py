"""Schema v3: what a backfill asks for each chunk is found without looking at everything.

ix_article_version_path    the files of a chunk that were read before; articles that have an address are known by that
ix_backfill_chunk_working  the chunks that are being read, among which are those whose worker died
"""

from alembic import op

revision = "0003"
down_revision = "0002"

STATEMENTS = """
CREATE INDEX ix_article_version_path ON article_version (path) WHERE url IS NULL AND path IS NOT NULL;
CREATE INDEX ix_backfill_chunk_working ON backfill_chunk (backfill, lease_until) WHERE state = 'working';
"""


def upgrade() -> None:
    for statement in STATEMENTS.strip().removesuffix(";").split(";\n"):
        op.execute(statement)

"""Schema v2: deliveries that a person's snooze holds back, and what the second path was told.

delivery.state         'snoozed' too: held back by a press of a button, until `not_before` or until the alert changes
delivery.told_elsewhere  a person heard of it by e-mail or webhook, while Slack refused the app
uq_delivery_change     an alert's root may be edited more than once at one revision: by a change, and by each press
disposition.revision   what the person saw when they pressed
"""

from alembic import op

revision = "0002"
down_revision = "0001"

STATEMENTS = """
ALTER TABLE delivery DROP CONSTRAINT ck_delivery_state;
ALTER TABLE delivery ADD CONSTRAINT ck_delivery_state
  CHECK (state IN ('waiting', 'sending', 'unclear', 'sent', 'stuck', 'snoozed'));
ALTER TABLE delivery ADD COLUMN told_elsewhere boolean NOT NULL DEFAULT false;
DROP INDEX uq_delivery_change;
CREATE UNIQUE INDEX uq_delivery_change ON delivery (alert, revision, channel, action)
  WHERE alert IS NOT NULL AND action <> 'edit';
CREATE INDEX ix_delivery_alert ON delivery (alert, seq) WHERE alert IS NOT NULL;
CREATE INDEX ix_delivery_snoozed ON delivery (alert) WHERE state = 'snoozed';
ALTER TABLE disposition ADD COLUMN revision integer;
"""


def upgrade() -> None:
    for statement in STATEMENTS.strip().removesuffix(";").split(";\n"):
        op.execute(statement)

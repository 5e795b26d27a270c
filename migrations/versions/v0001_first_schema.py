"""Schema v1: sources, articles, events, alerts, deliveries, the ledger of backfills, workers, dispositions.

Key columns say COLLATE "C", so that order and uniqueness are the same under every locale. Nothing here needs more than
PostgreSQL 15. Payloads are `json`, not `jsonb`: they are written once, read whole, and found by their key columns.
"""

from alembic import op

revision = "0001"
down_revision = None

SOURCES = """
CREATE TABLE source (
  id text COLLATE "C" CONSTRAINT pk_source PRIMARY KEY,
  next_attempt timestamptz,                     -- null: due at once
  first_read timestamptz,                       -- the baseline: what was there before is no news
  last_attempt timestamptz,
  last_ok timestamptz,
  last_new_article timestamptz,
  failures real NOT NULL DEFAULT 0,             -- fractional, in a row
  condition text NOT NULL DEFAULT 'new',        -- in words: healthy, quiet, failing, blocked, …
  note text NOT NULL DEFAULT '',                -- what a person should know
  memory json NOT NULL DEFAULT '{}',            -- validators and whatever else the reader keeps between reads
  lease_owner text COLLATE "C",
  lease_until timestamptz,
  lease_token bigint NOT NULL DEFAULT 0         -- fencing: grows with every claim
);
CREATE TABLE fetch_log (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_fetch_log PRIMARY KEY,
  source text COLLATE "C" NOT NULL,
  at timestamptz NOT NULL,
  outcome text NOT NULL,                        -- ok, unchanged, or the kind of failure
  note text NOT NULL DEFAULT '',
  articles_seen integer NOT NULL DEFAULT 0,
  articles_new integer NOT NULL DEFAULT 0,
  wire_bytes bigint NOT NULL DEFAULT 0,
  seconds real NOT NULL DEFAULT 0
);
CREATE INDEX ix_fetch_log_source_at ON fetch_log (source, at);
"""

ARTICLES = """
CREATE TABLE article (
  key text COLLATE "C" CONSTRAINT pk_article PRIMARY KEY,
  text_sha text COLLATE "C" NOT NULL,           -- of the version that stands
  versions integer NOT NULL,
  first_learned timestamptz NOT NULL
);
CREATE TABLE article_version (
  article text COLLATE "C" NOT NULL CONSTRAINT fk_article_version_article REFERENCES article ON DELETE CASCADE,
  text_sha text COLLATE "C" NOT NULL,
  learned timestamptz NOT NULL,
  rank text COLLATE "C" NOT NULL,               -- of several readings of one text the smallest rank stands
  source text COLLATE "C" NOT NULL,
  url text COLLATE "C",
  path text COLLATE "C",
  title text NOT NULL,
  publisher text NOT NULL,
  published_first date,
  published_last date,
  published_precision text,
  day date NOT NULL GENERATED ALWAYS AS (COALESCE(published_first, CAST(learned AT TIME ZONE 'UTC' AS date))) STORED,
  payload json NOT NULL,                        -- the article without its text
  prints bytea,                                 -- of its words, bigints one after the other; null: it tells nothing
  text text NOT NULL,
  CONSTRAINT pk_article_version PRIMARY KEY (article, text_sha)
);
CREATE INDEX ix_article_version_source ON article_version (source, published_first);
CREATE INDEX ix_article_version_learned ON article_version (learned);
CREATE INDEX ix_article_version_day ON article_version (day) WHERE prints IS NOT NULL;
CREATE TABLE article_copy (
  article text COLLATE "C" CONSTRAINT pk_article_copy PRIMARY KEY,
  origin text COLLATE "C" NOT NULL              -- which may be a copy itself; no foreign keys: a judge waits for nobody
);
CREATE TABLE uncompared (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_uncompared PRIMARY KEY,
  days date[] NOT NULL                          -- whose articles came, went or changed since copies were looked for
);
CREATE TABLE event (
  article text COLLATE "C" NOT NULL,
  text_sha text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  type text COLLATE "C" NOT NULL,
  organisation text COLLATE "C",
  counterparty text COLLATE "C",
  region text COLLATE "C",
  stance text COLLATE "C" NOT NULL,
  happened_first date,
  happened_last date,
  happened_precision text,
  learned timestamptz NOT NULL,
  retracted timestamptz,
  payload json NOT NULL,                        -- the event without its evidence
  evidence json NOT NULL,
  CONSTRAINT pk_event PRIMARY KEY (article, id),
  CONSTRAINT fk_event_article_version FOREIGN KEY (article, text_sha) REFERENCES article_version ON DELETE CASCADE,
  CONSTRAINT ck_event_happened_in_order CHECK (happened_first <= happened_last)
);
CREATE INDEX ix_event_type_organisation ON event (type, organisation, learned);
CREATE INDEX ix_event_id ON event (id);
CREATE TABLE unjudged (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_unjudged PRIMARY KEY,
  since timestamptz NOT NULL DEFAULT now(),
  events integer NOT NULL
);
"""

ALERTS = """
CREATE TABLE rule_version (
  rule text COLLATE "C" NOT NULL,
  version text COLLATE "C" NOT NULL,
  path text NOT NULL,
  content text NOT NULL,
  first_seen timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT pk_rule_version PRIMARY KEY (rule, version)
);
CREATE TABLE alert (
  id text COLLATE "C" CONSTRAINT pk_alert PRIMARY KEY,
  fingerprint text COLLATE "C" NOT NULL CONSTRAINT uq_alert_fingerprint UNIQUE,
  rule text COLLATE "C" NOT NULL,
  rule_version text COLLATE "C" NOT NULL,
  outcome text COLLATE "C" NOT NULL CONSTRAINT ck_alert_outcome CHECK (outcome IN ('alert', 'review')),
  severity text COLLATE "C" NOT NULL,
  status text COLLATE "C" NOT NULL,
  state text COLLATE "C" NOT NULL CONSTRAINT ck_alert_state CHECK (state IN ('open', 'cleared', 'withdrawn')),
  opened_on date NOT NULL,
  organisations text[] COLLATE "C" NOT NULL,    -- of the events it rests on
  digest text COLLATE "C" NOT NULL,             -- of the payload: equal means nothing changed
  lapsed boolean NOT NULL DEFAULT false,        -- withdrawn because it no longer follows from the history
  payload json NOT NULL,                        -- the alert as last judged
  stored_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ix_alert_opened_on ON alert (opened_on, rule, fingerprint);
CREATE INDEX ix_alert_rule ON alert (rule, opened_on);
CREATE TABLE alert_event (
  alert text COLLATE "C" NOT NULL CONSTRAINT fk_alert_event_alert REFERENCES alert ON DELETE CASCADE,
  article text COLLATE "C" NOT NULL,
  event text COLLATE "C" NOT NULL,
  CONSTRAINT pk_alert_event PRIMARY KEY (alert, article, event)
);
CREATE INDEX ix_alert_event_article ON alert_event (article, event);
CREATE TABLE alert_change (
  alert text COLLATE "C" NOT NULL CONSTRAINT fk_alert_change_alert REFERENCES alert ON DELETE CASCADE,
  revision integer NOT NULL,                    -- order of storing; never reused
  change_key text COLLATE "C" NOT NULL,         -- the same step of a recomputed alert has the same key
  kind text COLLATE "C" NOT NULL,
  happened_on date NOT NULL,
  at timestamptz NOT NULL,
  superseded boolean NOT NULL DEFAULT false,    -- was told, and no longer follows from the history
  payload json NOT NULL,
  stored_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT pk_alert_change PRIMARY KEY (alert, revision),
  CONSTRAINT uq_alert_change_key UNIQUE (alert, change_key)
);
CREATE TABLE disposition (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_disposition PRIMARY KEY,
  alert text COLLATE "C" NOT NULL CONSTRAINT fk_disposition_alert REFERENCES alert ON DELETE CASCADE,
  kind text COLLATE "C" NOT NULL
    CONSTRAINT ck_disposition_kind CHECK (kind IN ('acknowledged', 'snoozed', 'false_alarm', 'undone')),
  by_person text NOT NULL,
  at timestamptz NOT NULL,
  until timestamptz,                            -- of a snooze; null: until the alert changes
  note text NOT NULL DEFAULT '',
  action_key text COLLATE "C" NOT NULL CONSTRAINT uq_disposition_action_key UNIQUE  -- one click counts once
);
CREATE INDEX ix_disposition_alert ON disposition (alert, at);
"""

DELIVERIES = """
CREATE TABLE channel (
  name text COLLATE "C" CONSTRAINT pk_channel PRIMARY KEY,
  not_before timestamptz,                       -- spacing, or the pause Slack asked for
  blocked_since timestamptz,
  blocked_code text,
  blocked_note text NOT NULL DEFAULT '',
  probe_not_before timestamptz
);
CREATE TABLE delivery (
  id text COLLATE "C" CONSTRAINT pk_delivery PRIMARY KEY,
  seq bigint GENERATED BY DEFAULT AS IDENTITY, -- order in its channel; a digest is put before it
  alert text COLLATE "C" CONSTRAINT fk_delivery_alert REFERENCES alert ON DELETE CASCADE,
  revision integer NOT NULL,
  channel text COLLATE "C" NOT NULL CONSTRAINT fk_delivery_channel REFERENCES channel,
  action text COLLATE "C" NOT NULL
    CONSTRAINT ck_delivery_action CHECK (action IN ('post', 'reply', 'broadcast', 'edit')),
  thread_of text COLLATE "C" CONSTRAINT fk_delivery_thread_of REFERENCES delivery,
  text text NOT NULL,
  blocks text NOT NULL,
  state text COLLATE "C" NOT NULL DEFAULT 'waiting'
    CONSTRAINT ck_delivery_state CHECK (state IN ('waiting', 'sending', 'unclear', 'sent', 'stuck')),
  attempts integer NOT NULL DEFAULT 0,          -- claims; also the fencing token
  looks integer NOT NULL DEFAULT 0,             -- look-ups in a row that did not find it
  not_before timestamptz,                       -- null: at once
  first_attempt timestamptz,
  last_attempt timestamptz,
  lease_owner text COLLATE "C",
  lease_until timestamptz,
  receipt text,                                 -- Slack's ts
  receipt_channel text,                         -- the channel id Slack answered with
  last_error text,
  stored_at timestamptz NOT NULL DEFAULT now(),
  sent_at timestamptz,
  CONSTRAINT ck_delivery_sent_has_receipt CHECK (state <> 'sent' OR receipt IS NOT NULL)
);
CREATE UNIQUE INDEX uq_delivery_change ON delivery (alert, revision, channel, action) WHERE alert IS NOT NULL;
CREATE INDEX ix_delivery_queue ON delivery (channel, seq) WHERE state IN ('waiting', 'sending', 'unclear');
CREATE INDEX ix_delivery_thread ON delivery (thread_of) WHERE thread_of IS NOT NULL;
"""

RUNNING = """
CREATE TABLE worker (
  id text COLLATE "C" CONSTRAINT pk_worker PRIMARY KEY,
  host text NOT NULL,
  pid integer NOT NULL,
  started timestamptz NOT NULL,
  heartbeat timestamptz NOT NULL,
  leads boolean NOT NULL DEFAULT false,
  doing text NOT NULL DEFAULT ''
);
CREATE TABLE backfill (
  id text COLLATE "C" CONSTRAINT pk_backfill PRIMARY KEY,
  started timestamptz NOT NULL,
  judged timestamptz,                           -- null: its alerts are still to be derived
  finished timestamptz,
  arguments json NOT NULL
);
CREATE TABLE backfill_chunk (
  backfill text COLLATE "C" NOT NULL CONSTRAINT fk_backfill_chunk_backfill REFERENCES backfill ON DELETE CASCADE,
  number integer NOT NULL,
  place json NOT NULL,                          -- where its records lie, as the backfill wrote it
  state text COLLATE "C" NOT NULL DEFAULT 'waiting'
    CONSTRAINT ck_backfill_chunk_state CHECK (state IN ('waiting', 'working', 'done', 'failed')),
  attempts integer NOT NULL DEFAULT 0,          -- claims; also the fencing token
  lease_owner text COLLATE "C",
  lease_until timestamptz,
  articles integer NOT NULL DEFAULT 0,
  versions integer NOT NULL DEFAULT 0,
  known integer NOT NULL DEFAULT 0,
  events integer NOT NULL DEFAULT 0,
  rejects integer NOT NULL DEFAULT 0,
  last_error text,
  done_at timestamptz,
  CONSTRAINT pk_backfill_chunk PRIMARY KEY (backfill, number)
);
CREATE INDEX ix_backfill_chunk_open ON backfill_chunk (backfill, number) WHERE state IN ('waiting', 'working');
CREATE TABLE reject (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_reject PRIMARY KEY,
  backfill text COLLATE "C" NOT NULL,
  chunk integer NOT NULL,
  place text NOT NULL,
  reason text NOT NULL,
  CONSTRAINT fk_reject_chunk FOREIGN KEY (backfill, chunk) REFERENCES backfill_chunk ON DELETE CASCADE
);
CREATE INDEX ix_reject_chunk ON reject (backfill, chunk);
CREATE TABLE setting (
  name text COLLATE "C" CONSTRAINT pk_setting PRIMARY KEY,
  value json NOT NULL
);
CREATE TABLE forgotten (
  key_sha text COLLATE "C" CONSTRAINT pk_forgotten PRIMARY KEY,  -- sha256 of an article's key: never read in again
  at timestamptz NOT NULL
);
CREATE TABLE audit (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_audit PRIMARY KEY,
  at timestamptz NOT NULL,
  by_person text NOT NULL,
  action text NOT NULL,
  note json NOT NULL
);
"""


def upgrade() -> None:
    for part in (SOURCES, ARTICLES, ALERTS, DELIVERIES, RUNNING):
        for statement in part.strip().removesuffix(";").split(";\n"):
            op.execute(statement)

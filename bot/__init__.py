"""A compliance-monitoring alert bot: what happened, in whose words, under which rule, and when it was told.

The walk, one direction, no going back:

    source ──► Article ──► mentions ──► Event ──► story ──► outcome ──► Alert + delivery row ──► Slack message + receipt
    └────────── collect ─────────┘└────────── assess (pure) ──────────┘└── record (I/O) ──┘└────── deliver (I/O) ──────┘

Live worker and backfill walk the same path through the same functions; only the clock and the posting policy differ.

    cli/, __main__  commands; the only place that wires, reads clock and environment, prints, sets the exit status
    settings        the environment and `.env`, checked all at once
    logs            one line for each piece of work, secrets masked
    errors          every error, named after who must act
    rule_files      reads and watches the rules directory
    worker          the schedule
    backfill        the one-off
    pipeline        collect → assess → record → deliver; owns the small Protocols that the edges fit
    core/           pure: no I/O, clock, environment or logging
      model         the values that travel
      marked_yaml   YAML with line and column
      calendars     business days
      text/         sentences, dates and durations, numbers and money, names
      events/       the pattern language: from text to events
      rules/        the rule language: from events to alerts
      stories       the same event in many articles
      messages      alerts as Block Kit
    sources/        edge in: folders, feeds, pages, WARC files
    history/        edge: Postgres
    slack/          edge out: the sender

What must never be:

    1. `core` does no I/O and reads no clock; `evaluate(rule, events learned by as_of, as_of)` is a pure function.
    2. Every event satisfies `quote == text[start:end]`: no alert without the article's own words.
    3. An article, its events, alerts and delivery rows are one transaction; "seen" never outlives its alerts.
    4. A delivery is "sent" only with a receipt; after an unclear answer it is looked up before it is repeated.
    5. Same history, same alerts: whatever the order, the batch, the number of processes, live or backfill.
    6. A law, a plan, a denial or a hypothesis is never a breach; an unknown is a review, never silence, never a breach.
    7. "Nothing happened" is said only when the sources were read and spoke of the subject.
    8. A broken source, rule file, article or channel stops itself, is named to a person, and stops nothing else.
    9. Text from outside is never code, markup, a mention, a path, a pattern or an address to fetch without the guard.
    10. No secret in a log, an error, a repr, a database row or a page.
    11. Migrations need nothing but the core PostgreSQL server, 15 or later.
"""

__version__ = "0.1.0"

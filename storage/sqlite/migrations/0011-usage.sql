-- Who asked, what made the run, and which piece of the run's usage it is, where the runtime may tell it again.
ALTER TABLE usage ADD COLUMN source TEXT NOT NULL DEFAULT 'message';
ALTER TABLE usage ADD COLUMN sender TEXT;
ALTER TABLE usage ADD COLUMN job TEXT;
ALTER TABLE usage ADD COLUMN piece TEXT;
CREATE UNIQUE INDEX usage_once ON usage (run_id, piece) WHERE piece IS NOT NULL;

-- What was spent on a local day (`2026-11-22`), so that a limit is checked by one row however much was done. An empty
-- agent or sender stands for all of them.
CREATE TABLE usage_days (
  day TEXT NOT NULL,
  agent TEXT NOT NULL,
  sender TEXT NOT NULL,
  input_tokens INTEGER NOT NULL,
  output_tokens INTEGER NOT NULL,
  cached_tokens INTEGER NOT NULL,
  cost_usd REAL NOT NULL,
  unpriced INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (day, agent, sender)
) STRICT, WITHOUT ROWID;
CREATE INDEX usage_days_by_time ON usage_days (at);

-- The same for a session since it was last begun afresh.
CREATE TABLE usage_sessions (
  session_id INTEGER NOT NULL,
  generation INTEGER NOT NULL,
  input_tokens INTEGER NOT NULL,
  output_tokens INTEGER NOT NULL,
  cached_tokens INTEGER NOT NULL,
  cost_usd REAL NOT NULL,
  unpriced INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (session_id, generation)
) STRICT, WITHOUT ROWID;
CREATE INDEX usage_sessions_by_time ON usage_sessions (at);

-- Which limits were explained to whom on a day; later the same day a short sentence does.
CREATE TABLE limits_told (
  day TEXT NOT NULL,
  key TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (day, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX limits_told_by_time ON limits_told (at);

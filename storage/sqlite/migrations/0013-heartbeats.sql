-- The agents' check-ins. `begun_…` is what the one under way has seen; it counts once that has answered.
CREATE TABLE heartbeats (
  agent TEXT PRIMARY KEY,
  due_at INTEGER,
  demanded_at INTEGER,
  last_at INTEGER,
  result TEXT,
  result_at INTEGER,
  fingerprint TEXT,
  seen_at INTEGER NOT NULL DEFAULT 0,
  seen_message INTEGER NOT NULL DEFAULT 0,
  begun_fingerprint TEXT,
  begun_message INTEGER,
  run_id INTEGER,
  -- JSON {notify, text}.
  answer TEXT,
  failures INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- What was told lately, so that it is not told again.
CREATE TABLE heartbeat_alerts (
  agent TEXT NOT NULL,
  hash TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (agent, hash)
) STRICT, WITHOUT ROWID;

CREATE INDEX runs_of_jobs ON runs (agent, finished_at) WHERE source = 'job';

-- Planned work. `next_at` decides when the scheduler wakes, so an idle job costs nothing. AUTOINCREMENT: the number of a
-- job that was removed is in the key of its session and must never name another.
CREATE TABLE jobs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  -- JSON.
  schedule TEXT NOT NULL,
  text TEXT NOT NULL,
  module TEXT,
  agent TEXT NOT NULL,
  session TEXT NOT NULL,
  target TEXT NOT NULL,
  -- Where the result goes, when that is a chat.
  conversation_id INTEGER REFERENCES conversations (id),
  misfire TEXT NOT NULL,
  max_misfires INTEGER NOT NULL,
  overlap TEXT NOT NULL,
  jitter_ms INTEGER NOT NULL,
  ends_at INTEGER,
  max_runs INTEGER,
  -- Where and by whom it was made.
  origin_id INTEGER REFERENCES conversations (id),
  creator_account TEXT,
  creator TEXT,
  creator_name TEXT,
  creator_session TEXT,
  language TEXT,
  created_at INTEGER NOT NULL,
  state TEXT NOT NULL,
  reason TEXT,
  -- Every time up to here has been dealt with.
  cursor INTEGER NOT NULL,
  next_at INTEGER,
  runs INTEGER NOT NULL DEFAULT 0,
  failures INTEGER NOT NULL DEFAULT 0,
  version INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX jobs_due ON jobs (next_at, id) WHERE state = 'active' AND next_at IS NOT NULL;
CREATE INDEX jobs_by_target ON jobs (conversation_id, id) WHERE conversation_id IS NOT NULL;
CREATE INDEX jobs_by_origin ON jobs (origin_id, id) WHERE origin_id IS NOT NULL;

-- One time of a job: it is there once, whatever happens. `is_turn`: it needs an agent or a module, so few go on at once.
CREATE TABLE occurrences (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  job_id INTEGER NOT NULL REFERENCES jobs (id),
  scheduled_for INTEGER NOT NULL,
  is_turn INTEGER NOT NULL,
  is_manual INTEGER NOT NULL,
  state TEXT NOT NULL,
  reason TEXT,
  attempt INTEGER NOT NULL DEFAULT 0,
  not_before INTEGER NOT NULL,
  lease_owner TEXT,
  lease_token INTEGER NOT NULL DEFAULT 0,
  lease_expires_at INTEGER,
  run_id INTEGER,
  delivery TEXT NOT NULL DEFAULT 'none',
  error_code TEXT,
  error_message TEXT,
  created_at INTEGER NOT NULL,
  started_at INTEGER,
  finished_at INTEGER,
  UNIQUE (job_id, scheduled_for)
) STRICT;
CREATE INDEX occurrences_due ON occurrences (is_turn, not_before, id) WHERE state = 'queued';
CREATE INDEX occurrences_open ON occurrences (job_id, state) WHERE state IN ('queued', 'leased', 'running');
CREATE INDEX occurrences_running ON occurrences (id) WHERE state = 'running';
CREATE INDEX occurrences_turning ON occurrences (id) WHERE is_turn = 1 AND state IN ('leased', 'running');
CREATE INDEX occurrences_delivering ON occurrences (id) WHERE delivery = 'pending';
CREATE INDEX occurrences_by_job ON occurrences (job_id, id);
CREATE INDEX occurrences_finished ON occurrences (finished_at, id) WHERE finished_at IS NOT NULL;

-- What an owner should hear about a job; deleted once told.
CREATE TABLE job_notices (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  job_id INTEGER NOT NULL,
  occurrence_id INTEGER NOT NULL,
  failures INTEGER NOT NULL,
  detail TEXT NOT NULL
) STRICT;

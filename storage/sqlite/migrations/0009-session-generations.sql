-- Choices of a session: names as its agent's runtime knows them. `newest_generation` is the highest number ever given;
-- `generation_since` is when the present generation became the present one, and `generation_after` the session's last
-- run before the first one of that generation.
ALTER TABLE sessions ADD COLUMN model TEXT;
ALTER TABLE sessions ADD COLUMN agent_mode TEXT;
ALTER TABLE sessions ADD COLUMN newest_generation INTEGER NOT NULL DEFAULT 1;
ALTER TABLE sessions ADD COLUMN generation_since INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN generation_after INTEGER NOT NULL DEFAULT 0;
UPDATE sessions SET newest_generation = generation, generation_since = created_at,
  generation_after = COALESCE((SELECT MAX(id) FROM runs r WHERE r.session_id = sessions.id AND r.generation < sessions.generation), 0);

-- Earlier conversations of a session, to be gone back to. The present one is in `sessions`; it may have a row from when
-- it was left before. `after_run` is `generation_after` of that time.
CREATE TABLE session_generations (
  id INTEGER PRIMARY KEY,
  session_id INTEGER NOT NULL REFERENCES sessions (id),
  generation INTEGER NOT NULL,
  runtime_session TEXT,
  title TEXT NOT NULL,
  after_run INTEGER NOT NULL,
  first_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  UNIQUE (session_id, generation)
) STRICT;
CREATE INDEX session_generations_by_time ON session_generations (last_at);

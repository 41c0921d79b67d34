-- The agent's tools find a session by the name its runtime has for it.
CREATE INDEX sessions_by_runtime ON sessions (runtime_session) WHERE runtime_session IS NOT NULL;

-- What runs ask of people. A run may have no chat, so a request may be about none: hence the table anew.
CREATE TABLE requests_anew (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  -- What it is about; null for a run without a chat. `asked_in` is where it is put, if that is elsewhere.
  conversation_id INTEGER REFERENCES conversations (id),
  subject TEXT NOT NULL,
  -- For a question about a chat: the space it stands for, the person it is about, and whether they added us or wrote.
  space TEXT,
  asker TEXT,
  asker_name TEXT,
  is_membership INTEGER NOT NULL DEFAULT 0,
  asked_in INTEGER REFERENCES conversations (id),
  agent TEXT,
  max_attempts INTEGER NOT NULL DEFAULT 1,
  state TEXT NOT NULL,
  answer TEXT,
  ask_at INTEGER NOT NULL,
  asked_at INTEGER,
  expires_at INTEGER NOT NULL,
  ended_at INTEGER,
  -- What a run asks: the runtime's own id and the whole of it as JSON. `same_as` is the equal one that was open already,
  -- and has the message.
  run_id INTEGER,
  runtime_id TEXT,
  request TEXT,
  same_as INTEGER,
  -- JSON {option, note} or {text}: what the runtime is told, by nobody's answer at first; `told_at` is when it took it.
  told TEXT,
  told_at INTEGER,
  answered_by TEXT,
  -- JSON {body, isEdit, expired, void}: what its message says once it is over.
  closings TEXT
) STRICT;
INSERT INTO requests_anew (id, kind, conversation_id, subject, space, asker, asker_name, is_membership, asked_in, agent,
    max_attempts, state, answer, ask_at, asked_at, expires_at, ended_at)
  SELECT id, kind, conversation_id, subject, space, asker, asker_name, is_membership, asked_in, agent, max_attempts, state,
    answer, ask_at, asked_at, expires_at, ended_at FROM requests;
DROP TABLE requests;
ALTER TABLE requests_anew RENAME TO requests;
CREATE INDEX requests_open ON requests (state, asked_at, ask_at) WHERE state = 'open';
CREATE INDEX requests_about_chats ON requests (id) WHERE kind = 'chat';
CREATE UNIQUE INDEX requests_of_runs ON requests (run_id, runtime_id) WHERE run_id IS NOT NULL;

-- What was allowed for always: permissions of an agent with these words need nobody, in one session or (null) in all.
CREATE TABLE grants (
  id INTEGER PRIMARY KEY,
  agent TEXT NOT NULL,
  session_id INTEGER REFERENCES sessions (id),
  words TEXT NOT NULL,
  granted_by TEXT NOT NULL,
  granted_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX grants_of_agents ON grants (agent, words, COALESCE(session_id, 0));

-- What replaces a message of ours, to be found by it.
CREATE INDEX deliveries_replacing ON deliveries (replaces) WHERE replaces IS NOT NULL;

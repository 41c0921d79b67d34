-- A place to talk. `lane` is the id of the first conversation of the same chat: what is sent to a chat is sent in
-- one order, whatever its threads.
CREATE TABLE conversations (
  id INTEGER PRIMARY KEY,
  channel TEXT NOT NULL,
  account TEXT NOT NULL,
  chat TEXT NOT NULL,
  thread TEXT NOT NULL DEFAULT '',
  kind TEXT NOT NULL,
  title TEXT,
  lane INTEGER NOT NULL,
  is_alive INTEGER NOT NULL DEFAULT 1,
  -- 1: an owner allowed it; -1: an owner closed it, whatever its space says; 0: nobody said anything.
  is_approved INTEGER NOT NULL DEFAULT 0,
  space TEXT,
  -- What owners chose for it; null is what its chat has, and then the configuration.
  mention INTEGER,
  agent TEXT,
  queue_mode TEXT,
  stream INTEGER,
  created_at INTEGER NOT NULL,
  UNIQUE (account, chat, thread)
) STRICT;

-- What holds several chats together, such as a Discord server. `is_approved` as in conversations.
CREATE TABLE spaces (
  account TEXT NOT NULL,
  id TEXT NOT NULL,
  title TEXT,
  is_approved INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (account, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE senders (
  account TEXT NOT NULL,
  id TEXT NOT NULL,
  channel TEXT NOT NULL,
  name TEXT NOT NULL,
  language TEXT,
  status TEXT,
  direct_conversation INTEGER REFERENCES conversations (id),
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (account, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE pairings (
  id INTEGER PRIMARY KEY,
  account TEXT NOT NULL,
  channel TEXT NOT NULL,
  sender TEXT NOT NULL,
  sender_name TEXT NOT NULL,
  conversation_id INTEGER NOT NULL REFERENCES conversations (id),
  code_hash TEXT NOT NULL,
  salt TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  UNIQUE (account, sender)
) STRICT;

-- Wrong pairing codes, newest five at most.
CREATE TABLE approval_failures (at INTEGER NOT NULL) STRICT;

CREATE TABLE audit (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL
) STRICT;

CREATE TABLE sessions (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  agent TEXT NOT NULL,
  conversation_id INTEGER REFERENCES conversations (id),
  generation INTEGER NOT NULL DEFAULT 1,
  runtime_session TEXT,
  mode TEXT,
  created_at INTEGER NOT NULL
) STRICT;

-- Everything inbound. `detail` is JSON {quote, forward, notes} where there is any.
CREATE TABLE messages (
  id INTEGER PRIMARY KEY,
  conversation_id INTEGER NOT NULL REFERENCES conversations (id),
  platform_id TEXT NOT NULL,
  author TEXT NOT NULL,
  version INTEGER NOT NULL,
  kind TEXT NOT NULL,
  author_name TEXT NOT NULL,
  text TEXT NOT NULL,
  -- The version whose text stands here: 0, or the newest edit that came in time.
  text_version INTEGER NOT NULL DEFAULT 0,
  detail TEXT,
  attachment_count INTEGER NOT NULL DEFAULT 0,
  sent_at INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  disposition TEXT NOT NULL,
  reason TEXT,
  run_id INTEGER,
  request_id INTEGER,
  -- The platform's id first: such ids mostly grow, so a batch shares the index's last page instead of one for each chat.
  UNIQUE (platform_id, conversation_id, author, version)
) STRICT;
CREATE INDEX messages_by_conversation ON messages (conversation_id, id);
CREATE INDEX messages_observed ON messages (conversation_id, id)
  WHERE disposition = 'observed' AND run_id IS NULL;
CREATE INDEX messages_held ON messages (request_id, id) WHERE disposition = 'held';

CREATE TABLE attachments (
  id INTEGER PRIMARY KEY,
  message_id INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
  ref TEXT NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  mime TEXT,
  size INTEGER,
  duration_ms INTEGER,
  state TEXT NOT NULL,
  sha256 TEXT,
  transcript TEXT,
  reason TEXT
) STRICT;
CREATE INDEX attachments_by_message ON attachments (message_id);
CREATE INDEX attachments_pending ON attachments (id) WHERE state = 'pending';
CREATE INDEX attachments_by_content ON attachments (sha256) WHERE sha256 IS NOT NULL;

-- The queue is these rows. `head` marks the oldest unfinished run of a session: only a head is ever claimed, so the
-- claim costs the same however many rows wait behind it or lie finished.
CREATE TABLE runs (
  id INTEGER PRIMARY KEY,
  session_id INTEGER NOT NULL REFERENCES sessions (id),
  generation INTEGER NOT NULL,
  agent TEXT NOT NULL,
  source TEXT NOT NULL,
  state TEXT NOT NULL,
  head INTEGER NOT NULL,
  attempt INTEGER NOT NULL DEFAULT 0,
  max_attempts INTEGER NOT NULL,
  not_before INTEGER NOT NULL,
  window_until INTEGER NOT NULL DEFAULT 0,
  album TEXT,
  is_overflow_told INTEGER NOT NULL DEFAULT 0,
  is_cancel_requested INTEGER NOT NULL DEFAULT 0,
  is_previewed INTEGER NOT NULL DEFAULT 0,
  conversation_id INTEGER REFERENCES conversations (id),
  reply_to TEXT,
  lease_owner TEXT,
  lease_token INTEGER NOT NULL DEFAULT 0,
  lease_expires_at INTEGER,
  prompt_id TEXT,
  reply_text TEXT,
  reply_files TEXT,
  error_code TEXT,
  error_message TEXT,
  superseded_by INTEGER,
  idempotency_key TEXT,
  created_at INTEGER NOT NULL,
  started_at INTEGER,
  finished_at INTEGER
) STRICT;
CREATE UNIQUE INDEX runs_head ON runs (session_id) WHERE head = 1;
CREATE INDEX runs_due ON runs (not_before, id) WHERE head = 1 AND state = 'queued';
CREATE INDEX runs_waiting ON runs (session_id, id) WHERE head = 0 AND state = 'queued';
CREATE INDEX runs_by_session ON runs (session_id, id);
CREATE UNIQUE INDEX runs_idempotency ON runs (idempotency_key) WHERE idempotency_key IS NOT NULL;

CREATE TABLE run_messages (
  run_id INTEGER NOT NULL,
  message_id INTEGER NOT NULL,
  form TEXT NOT NULL,
  PRIMARY KEY (run_id, message_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE run_events (
  id INTEGER PRIMARY KEY,
  run_id INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  type TEXT NOT NULL,
  at INTEGER NOT NULL,
  data TEXT NOT NULL,
  UNIQUE (run_id, seq)
) STRICT;

-- The outbox. `head` marks the next delivery of a lane, as in `runs`. `detail` is JSON {format, file, buttons}.
CREATE TABLE deliveries (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  run_id INTEGER,
  message_id INTEGER,
  account TEXT NOT NULL,
  conversation_id INTEGER NOT NULL REFERENCES conversations (id),
  lane INTEGER NOT NULL,
  head INTEGER NOT NULL,
  state TEXT NOT NULL,
  text TEXT NOT NULL,
  detail TEXT,
  reply_to TEXT,
  -- The delivery whose message it takes the place of.
  replaces INTEGER,
  attempts INTEGER NOT NULL DEFAULT 0,
  not_before INTEGER NOT NULL,
  platform_message_id TEXT,
  error TEXT,
  created_at INTEGER NOT NULL,
  sending_at INTEGER,
  sent_at INTEGER
) STRICT;
CREATE UNIQUE INDEX deliveries_head ON deliveries (lane) WHERE head = 1;
CREATE INDEX deliveries_due ON deliveries (account, not_before, id) WHERE head = 1 AND state = 'pending';
CREATE INDEX deliveries_waiting ON deliveries (lane, id) WHERE head = 0 AND state = 'pending';
CREATE INDEX deliveries_uncertain ON deliveries (account, id) WHERE state = 'uncertain';
CREATE INDEX deliveries_discarded ON deliveries (id) WHERE state = 'discarded';
CREATE INDEX deliveries_by_run ON deliveries (run_id) WHERE run_id IS NOT NULL;
CREATE INDEX deliveries_by_conversation ON deliveries (conversation_id, id);
-- Messages that ask something (their keys are `q<request>:<chunk>`), to be found by a reaction to them.
CREATE INDEX deliveries_asking ON deliveries (platform_message_id) WHERE key >= 'q' AND key < 'r';

-- Questions put to people. `conversation_id` is what it is about; `asked_in` is where it is put, if that is elsewhere.
CREATE TABLE requests (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  conversation_id INTEGER NOT NULL REFERENCES conversations (id),
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
  ended_at INTEGER
) STRICT;
CREATE INDEX requests_open ON requests (state, asked_at, ask_at) WHERE state = 'open';
CREATE INDEX requests_about_chats ON requests (id) WHERE kind = 'chat';

CREATE TABLE usage (
  id INTEGER PRIMARY KEY,
  run_id INTEGER NOT NULL,
  session_id INTEGER NOT NULL,
  agent TEXT NOT NULL,
  model TEXT,
  input_tokens INTEGER NOT NULL,
  output_tokens INTEGER NOT NULL,
  cached_tokens INTEGER NOT NULL,
  cost_usd REAL,
  at INTEGER NOT NULL
) STRICT;
CREATE INDEX usage_by_time ON usage (at);

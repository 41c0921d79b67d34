-- What the runtime calls a conversation; NULL is nothing of its own, so that its first words are shown.
ALTER TABLE sessions ADD COLUMN runtime_title TEXT;
ALTER TABLE session_generations ADD COLUMN runtime_title TEXT;
CREATE INDEX sessions_titled ON sessions (conversation_id) WHERE runtime_title IS NOT NULL;

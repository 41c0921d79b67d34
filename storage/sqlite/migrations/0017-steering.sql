-- How a queued run stands to the run that executes in front of it: 0 waits its turn, 1 is to be handed to it, 2 is being
-- handed to it, 3 waits its turn, and nobody knows whether the executing one has heard it. 2 and 3 count only as long as
-- the lease under which they were written; the session's next claim takes them back.
ALTER TABLE runs ADD COLUMN steer INTEGER NOT NULL DEFAULT 0;
CREATE INDEX runs_offered ON runs (session_id) WHERE steer >= 2;

-- JSON that a condition module left with an occurrence.
ALTER TABLE occurrences ADD COLUMN data TEXT;
-- For the job of a run, asked whenever one is claimed.
CREATE INDEX occurrences_by_run ON occurrences (run_id) WHERE run_id IS NOT NULL;

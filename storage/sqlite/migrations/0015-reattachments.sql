-- How often a claim of the run found its turn going on.
ALTER TABLE runs ADD COLUMN reattachments INTEGER NOT NULL DEFAULT 0;

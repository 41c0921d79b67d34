-- When a permission was last given by it: of too many, those that were not used for the longest time go.
ALTER TABLE grants ADD COLUMN used_at INTEGER NOT NULL DEFAULT 0;
UPDATE grants SET used_at = granted_at;

-- The chat an occurrence's result goes to, as its lane; 0 for the owner's and for none. Messages of one chat are handed
-- to the outbox one after the other, so that an answer there waits for one of them and not for all.
ALTER TABLE occurrences ADD COLUMN lane INTEGER NOT NULL DEFAULT 0;
UPDATE occurrences SET lane = COALESCE((SELECT c.lane FROM jobs j JOIN conversations c ON c.id = j.conversation_id
  WHERE j.id = occurrences.job_id), 0) WHERE state IN ('queued', 'leased', 'running') OR delivery = 'pending';
CREATE INDEX occurrences_in_lanes ON occurrences (lane, not_before, id) WHERE state = 'queued' AND is_turn = 0;
-- A module is run only as an owner accepted it: the hash of its file.
ALTER TABLE jobs ADD COLUMN module_hash TEXT;

-- Who somebody's direct chat belongs to: asked for every result of a job.
CREATE INDEX senders_by_direct_conversation ON senders (direct_conversation) WHERE direct_conversation IS NOT NULL;

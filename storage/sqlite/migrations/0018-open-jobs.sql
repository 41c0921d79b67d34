-- How many jobs there are is asked when one is made; ended ones go when their time is over.
CREATE INDEX jobs_open ON jobs (state) WHERE state <> 'ended';
CREATE INDEX jobs_ended ON jobs (cursor) WHERE state = 'ended';

-- Whether a file is still to be sent or shown is asked for every file on disk.
CREATE INDEX deliveries_by_file ON deliveries (detail ->> '$.file.sha256')
  WHERE detail ->> '$.file.sha256' IS NOT NULL;

-- What paused a job; until now it could only be told from the words of the reason.
ALTER TABLE jobs ADD COLUMN paused_by TEXT;
UPDATE jobs SET paused_by = CASE
    WHEN reason LIKE 'its module has changed%' THEN 'module-changed'
    WHEN reason LIKE 'its next time cannot be worked out%' THEN 'unplannable'
    WHEN reason LIKE 'it failed %' THEN 'failures'
    ELSE 'person'
  END
  WHERE state = 'paused';

-- What a run was planned to do, what it waits for, and what was decided about that.
ALTER TABLE runs ADD COLUMN plan jsonb, ADD COLUMN waiting jsonb, ADD COLUMN decision jsonb;

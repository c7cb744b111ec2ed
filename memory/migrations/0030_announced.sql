-- Whether an ended run's `run_finished` is in the stream: set after it, so that a death between the two is made up for.
ALTER TABLE runs ADD COLUMN announced boolean NOT NULL DEFAULT false;
UPDATE runs SET announced = true WHERE status IN ('succeeded', 'failed', 'cancelled');
CREATE INDEX runs_unannounced ON runs (project_id) WHERE NOT announced;

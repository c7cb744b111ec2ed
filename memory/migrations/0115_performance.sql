-- What the profiler measured, by commit; the project carries the last score.
CREATE TABLE performance_reports (
    project_id text NOT NULL REFERENCES projects ON DELETE CASCADE,
    commit text NOT NULL,
    report jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (project_id, commit)
);
ALTER TABLE projects ADD COLUMN performance_score double precision;
-- Measuring, like a question, touches neither code nor deployments: it goes on beside the run that works.
ALTER TABLE runs DROP COLUMN aside;
ALTER TABLE runs ADD COLUMN aside boolean GENERATED ALWAYS AS (intent IN ('question', 'performance')) STORED;

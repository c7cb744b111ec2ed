-- The conversation of a project: what was said, and the run that it began or that said it.
CREATE TABLE messages (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    project_id text NOT NULL REFERENCES projects ON DELETE CASCADE,
    run_id text NOT NULL REFERENCES runs ON DELETE CASCADE,
    -- Tells a run's messages apart, so that a repeated step says nothing twice: request, report, decision/<id>.
    key text NOT NULL,
    role text NOT NULL CHECK (role IN ('user', 'assistant')),
    text text NOT NULL,
    evidence jsonb NOT NULL DEFAULT '[]',
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (run_id, key)
);
CREATE INDEX messages_by_project ON messages (project_id, id);
INSERT INTO messages (project_id, run_id, key, role, text, created_at)
SELECT project_id, id, 'request', 'user', input->>'request', created_at FROM runs
WHERE coalesce(input->>'request', '') <> '' ORDER BY number;
-- Questions touch neither code nor deployments: they are answered beside the run that works, under a lock of their own.
ALTER TABLE runs ADD COLUMN aside boolean GENERATED ALWAYS AS (intent = 'question') STORED;

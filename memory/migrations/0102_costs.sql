CREATE TABLE cost_reports (
    project_id text PRIMARY KEY REFERENCES projects ON DELETE CASCADE,
    report jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

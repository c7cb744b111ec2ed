CREATE TABLE imports (
    project_id text PRIMARY KEY REFERENCES projects ON DELETE CASCADE,
    commit text NOT NULL,
    source text NOT NULL,
    stack jsonb NOT NULL,
    baseline jsonb NOT NULL,
    overview text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

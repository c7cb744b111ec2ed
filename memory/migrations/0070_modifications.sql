-- Changes of a project that exists. What became of the run is in runs; a modification says what it did to the code.
CREATE TABLE modifications (
    id text PRIMARY KEY,
    project_id text NOT NULL REFERENCES projects ON DELETE CASCADE,
    run_id text NOT NULL UNIQUE REFERENCES runs ON DELETE CASCADE,
    request text NOT NULL,
    requested_by text NOT NULL,
    requested_at timestamptz NOT NULL DEFAULT now(),
    status text NOT NULL DEFAULT 'analysing',
    impact_analysis jsonb,
    affected_files jsonb NOT NULL DEFAULT '[]',
    touched_files jsonb NOT NULL DEFAULT '[]',
    modified_files jsonb NOT NULL DEFAULT '{}',
    prediction jsonb,
    test_results jsonb,
    applied_at timestamptz,
    error text,
    -- The project as it was, to go back to: main, what the template had given, and the plan.
    base_commit text,
    base_scaffold text,
    base_spec jsonb,
    base_scores jsonb,
    -- What it becomes.
    commit text,
    scaffold text,
    branch text,
    migration text,
    -- Of a rollback: ids of the modifications that it takes back.
    rolls_back jsonb
);
CREATE INDEX modifications_newest ON modifications (project_id, requested_at DESC, id DESC);

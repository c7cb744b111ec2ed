CREATE TABLE projects (
    id text PRIMARY KEY,
    name text NOT NULL,
    description text NOT NULL DEFAULT '',
    type text NOT NULL DEFAULT 'api',
    status text NOT NULL DEFAULT 'creating',
    template text NOT NULL DEFAULT 'rest_api',
    spec jsonb,
    commit text,
    test_coverage double precision,
    security_score double precision,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    last_deployed_at timestamptz
);
CREATE TABLE runs (
    id text PRIMARY KEY,
    project_id text NOT NULL REFERENCES projects ON DELETE CASCADE,
    number bigint GENERATED ALWAYS AS IDENTITY,
    intent text NOT NULL,
    status text NOT NULL DEFAULT 'queued',
    input jsonb NOT NULL,
    not_understood jsonb NOT NULL DEFAULT '[]',
    error text,
    created_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    ended_at timestamptz
);
CREATE INDEX runs_by_project ON runs (project_id, number);
CREATE INDEX runs_unfinished ON runs (number) WHERE status IN ('queued', 'running');
CREATE TABLE steps (
    run_id text NOT NULL REFERENCES runs ON DELETE CASCADE,
    key text NOT NULL,
    number bigint GENERATED ALWAYS AS IDENTITY,
    status text NOT NULL DEFAULT 'running',
    attempts integer NOT NULL DEFAULT 1,
    started_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    output jsonb,
    PRIMARY KEY (run_id, key)
);
CREATE TABLE deployments (
    id text PRIMARY KEY,
    project_id text NOT NULL REFERENCES projects ON DELETE CASCADE,
    run_id text NOT NULL REFERENCES runs ON DELETE CASCADE,
    environment text NOT NULL,
    platform text NOT NULL DEFAULT 'local',
    commit text NOT NULL,
    status text NOT NULL DEFAULT 'pending',
    deployment_url text,
    detail text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    deployed_at timestamptz
);
CREATE INDEX deployments_by_project ON deployments (project_id, created_at DESC);
CREATE TABLE reports (
    project_id text NOT NULL REFERENCES projects ON DELETE CASCADE,
    commit text NOT NULL,
    report jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (project_id, commit)
);
CREATE TABLE idempotency_keys (
    key text PRIMARY KEY,
    run_id text NOT NULL REFERENCES runs ON DELETE CASCADE
);

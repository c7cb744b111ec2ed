-- What stands at providers, by its name there. Written before the provider is asked, and kept until it is gone there:
-- no reference to projects, for a service must not be forgotten because its project was.
CREATE TABLE remote_services (
    project_id text NOT NULL,
    environment text NOT NULL,
    platform text NOT NULL,
    name text NOT NULL,
    service jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (project_id, environment, platform)
);
CREATE TABLE remote_deployments (
    id text PRIMARY KEY,
    project_id text NOT NULL,
    environment text NOT NULL,
    platform text NOT NULL,
    commit text NOT NULL,
    tree text NOT NULL DEFAULT '',
    health_path text NOT NULL,
    resources jsonb NOT NULL,
    status text NOT NULL,
    -- what the provider calls it; null until that is known
    deploy text,
    -- the newest deploy that the service had before ours was asked for; empty: it had none; null: not looked at yet
    before text,
    -- a way back that was begun: the provider's newest deploy at that time
    turning text,
    detail text NOT NULL DEFAULT '',
    log_end text NOT NULL DEFAULT '',
    url text,
    created_at timestamptz NOT NULL DEFAULT now(),
    live_at timestamptz
);
CREATE INDEX remote_deployments_by_slot ON remote_deployments (project_id, environment, platform, live_at DESC);

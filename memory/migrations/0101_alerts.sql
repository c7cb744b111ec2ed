-- Rules and channels of a project; the channels' addresses are in the secrets store.
CREATE TABLE alert_configs (
    project_id text PRIMARY KEY REFERENCES projects ON DELETE CASCADE,
    rules jsonb NOT NULL,
    channels jsonb NOT NULL
);
-- One row a time that a rule held: pending, firing, resolved. `noticed_at`: when a message about it was made last.
CREATE TABLE alerts (
    id text PRIMARY KEY,
    project_id text NOT NULL REFERENCES projects ON DELETE CASCADE,
    deployment_id text NOT NULL REFERENCES deployments ON DELETE CASCADE,
    environment text NOT NULL,
    rule text NOT NULL,
    metric text NOT NULL,
    op text NOT NULL,
    threshold double precision NOT NULL,
    window_s double precision NOT NULL,
    severity text NOT NULL,
    state text NOT NULL CHECK (state IN ('pending', 'firing', 'resolved')),
    value double precision,
    active_at timestamptz NOT NULL,
    fired_at timestamptz,
    resolved_at timestamptz,
    reason text NOT NULL DEFAULT '',
    noticed_at timestamptz,
    announced text NOT NULL DEFAULT 'pending',
    acknowledged_at timestamptz,
    acknowledged_by text
);
CREATE UNIQUE INDEX alerts_open ON alerts (deployment_id, rule) WHERE state <> 'resolved';
CREATE INDEX alerts_by_project ON alerts (project_id, active_at DESC, id DESC);
CREATE INDEX alerts_unannounced ON alerts (id) WHERE announced <> state AND fired_at IS NOT NULL;
-- What is to be told, and the message that tells it. Written in the transaction that changes the alert.
CREATE TABLE alert_notices (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    project_id text NOT NULL REFERENCES projects ON DELETE CASCADE,
    alert_id text NOT NULL REFERENCES alerts ON DELETE CASCADE,
    severity text NOT NULL,
    kind text NOT NULL,
    text text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    composed boolean NOT NULL DEFAULT false
);
CREATE INDEX alert_notices_open ON alert_notices (project_id, severity, due_at) WHERE NOT composed;
-- One row a message and channel: the outbox. `key` goes with the message, so that a receiver knows a repeated one.
CREATE TABLE alert_messages (
    key text PRIMARY KEY,
    project_id text NOT NULL REFERENCES projects ON DELETE CASCADE,
    channel text NOT NULL,
    severity text NOT NULL,
    title text NOT NULL,
    body text NOT NULL,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'failed')),
    attempts integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    claimed_until timestamptz,
    sent_at timestamptz,
    error text NOT NULL DEFAULT ''
);
CREATE INDEX alert_messages_waiting ON alert_messages (due_at) WHERE state = 'waiting';
CREATE INDEX alert_messages_by_project ON alert_messages (project_id, created_at DESC);
CREATE TABLE silences (
    id text PRIMARY KEY,
    project_id text NOT NULL REFERENCES projects ON DELETE CASCADE,
    rule text,
    deployment_id text,
    reason text NOT NULL,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL,
    until timestamptz NOT NULL
);
CREATE INDEX silences_by_project ON silences (project_id, until);
-- What was done about critical alerts: once per cause, and seldom for one environment.
CREATE TABLE remediations (
    id text PRIMARY KEY,
    project_id text NOT NULL REFERENCES projects ON DELETE CASCADE,
    environment text NOT NULL,
    deployment_id text NOT NULL,
    alert_id text NOT NULL REFERENCES alerts ON DELETE CASCADE,
    action text NOT NULL CHECK (action IN ('restart', 'rollback')),
    outcome text NOT NULL DEFAULT 'running',
    detail text NOT NULL DEFAULT '',
    announced boolean NOT NULL DEFAULT false,
    started_at timestamptz NOT NULL,
    ended_at timestamptz,
    UNIQUE (alert_id, action)
);
CREATE INDEX remediations_by_place ON remediations (project_id, environment, started_at DESC);
-- When the monitor evaluated last: whether pending alerts were watched without a gap.
CREATE TABLE monitor_marks (
    name text PRIMARY KEY,
    at timestamptz NOT NULL
);

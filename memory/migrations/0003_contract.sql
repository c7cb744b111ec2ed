-- What the outside contract asks of projects and runs beside their first form.
ALTER TABLE projects ADD COLUMN owner_id text NOT NULL DEFAULT 'admin';
-- Set: it is being deleted, and nobody but the deletion sees it any more.
ALTER TABLE projects ADD COLUMN deleted_at timestamptz;
CREATE INDEX projects_newest ON projects (created_at DESC, id DESC);
ALTER TABLE runs ADD COLUMN cancel_requested_at timestamptz;
CREATE INDEX runs_newest ON runs (project_id, created_at DESC, id DESC);
-- Digest of the request that a key was first used for.
ALTER TABLE idempotency_keys ADD COLUMN fingerprint text NOT NULL DEFAULT '';
-- deployed_at: when it went live; null where it never did.
UPDATE deployments SET deployed_at = NULL WHERE status = 'failed';
-- What people did to a project beside starting runs.
CREATE TABLE journal (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    project_id text NOT NULL REFERENCES projects ON DELETE CASCADE,
    kind text NOT NULL,
    user_id text NOT NULL,
    detail jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX journal_by_project ON journal (project_id, created_at DESC);

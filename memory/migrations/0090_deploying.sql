-- How a deployment was put to work, and what exactly runs there: commit, tree, hash of what is installed.
ALTER TABLE deployments ADD COLUMN resources jsonb, ADD COLUMN strategy text, ADD COLUMN artefact jsonb;
-- What an environment of a project gives to its application where a deploy names nothing else.
CREATE TABLE environments (
    project_id text NOT NULL REFERENCES projects ON DELETE CASCADE,
    environment text NOT NULL,
    resources jsonb NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (project_id, environment)
);

-- Notes of projects as vectors of a model; none without an embedding endpoint.
CREATE TABLE note_vectors (
    project_id text NOT NULL REFERENCES projects ON DELETE CASCADE,
    model text NOT NULL,
    key text NOT NULL,
    vector halfvec NOT NULL,
    PRIMARY KEY (project_id, model, key)
);

-- Answers of advisory services and package registries, until they are too old to be believed.
CREATE TABLE audit_answers (
    key text PRIMARY KEY,
    answer jsonb NOT NULL,
    kept_until timestamptz NOT NULL
);
CREATE INDEX audit_answers_by_age ON audit_answers (kept_until);

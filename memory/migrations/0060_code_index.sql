CREATE TABLE code_facts (
    blob text NOT NULL,
    language text NOT NULL,
    version integer NOT NULL,
    facts bytea NOT NULL,
    PRIMARY KEY (blob, language, version)
);
CREATE TABLE code_indexes (
    scope text PRIMARY KEY,
    commit text NOT NULL,
    files bytea NOT NULL,
    history bytea NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now()
);

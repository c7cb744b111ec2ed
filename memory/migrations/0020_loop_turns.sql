-- json, not jsonb: text of models and commands may hold what jsonb refuses (\u0000), and it is only read whole.
CREATE TABLE loop_turns (
    run_id text NOT NULL REFERENCES runs ON DELETE CASCADE,
    loop text NOT NULL,
    n integer NOT NULL,
    answer_key text NOT NULL,
    tree text NOT NULL,
    turn json NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (run_id, loop, n)
);

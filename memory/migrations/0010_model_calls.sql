-- One row an attempt at a model call, written before it is made. Amounts in tokens and USD.
CREATE TABLE model_calls (
    run_id text NOT NULL REFERENCES runs ON DELETE CASCADE,
    key text NOT NULL,
    attempt integer NOT NULL,
    role text NOT NULL,
    model text NOT NULL,
    fingerprint text NOT NULL,
    state text NOT NULL DEFAULT 'reserved' CHECK (state IN ('reserved', 'answered', 'failed', 'unknown')),
    day date NOT NULL,
    reserved_prompt_tokens bigint NOT NULL,
    reserved_tokens bigint NOT NULL,
    reserved_usd numeric,
    prompt_tokens bigint,
    completion_tokens bigint,
    estimated boolean,
    charged_tokens bigint NOT NULL DEFAULT 0,
    charged_usd numeric NOT NULL DEFAULT 0,
    answer jsonb,
    error text,
    permanent boolean NOT NULL DEFAULT false,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at timestamptz,
    PRIMARY KEY (run_id, key, attempt),
    CHECK ((state = 'answered') = (answer IS NOT NULL))
);
CREATE UNIQUE INDEX model_calls_one_answer ON model_calls (run_id, key) WHERE state = 'answered';
CREATE INDEX model_calls_permanent ON model_calls (run_id) WHERE permanent;
-- Sums of model_calls, kept in the same transactions; their rows are the locks that calls queue at. Order: run, day, call.
CREATE TABLE spending_runs (
    run_id text PRIMARY KEY REFERENCES runs ON DELETE CASCADE,
    spent_tokens bigint NOT NULL DEFAULT 0,
    spent_usd numeric NOT NULL DEFAULT 0,
    held_tokens bigint NOT NULL DEFAULT 0,
    held_usd numeric NOT NULL DEFAULT 0,
    budget_tokens bigint,
    budget_usd numeric,
    unpriced boolean NOT NULL DEFAULT false
);
-- Outlives the runs, so that deleting a project gives nothing back.
CREATE TABLE spending_days (
    day date PRIMARY KEY,
    spent_tokens bigint NOT NULL DEFAULT 0,
    spent_usd numeric NOT NULL DEFAULT 0,
    held_tokens bigint NOT NULL DEFAULT 0,
    held_usd numeric NOT NULL DEFAULT 0
);

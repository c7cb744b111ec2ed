-- A call is set aside, and settled, by one statement each instead of seven and six. Locks in the order run, day, call.
CREATE FUNCTION move_spending(
    the_run text, the_day date, held_t bigint, held_u numeric, spent_t bigint, spent_u numeric
) RETURNS void LANGUAGE sql AS $$
    UPDATE spending_runs SET held_tokens = held_tokens + held_t, held_usd = held_usd + held_u,
        spent_tokens = spent_tokens + spent_t, spent_usd = spent_usd + spent_u
    WHERE run_id = the_run;
    UPDATE spending_days SET held_tokens = held_tokens + held_t, held_usd = held_usd + held_u,
        spent_tokens = spent_tokens + spent_t, spent_usd = spent_usd + spent_u
    WHERE day = the_day;
$$;

-- The sums before it. `attempt` is null where it does not fit, or where the key has its answer, which is then given.
CREATE FUNCTION reserve_call(
    the_run text, the_key text, the_day date, its_role text, its_model text, its_fingerprint text,
    prompt_t bigint, most_t bigint, most_u numeric,
    run_cap_t bigint, run_cap_u numeric, day_cap_t bigint, day_cap_u numeric
) RETURNS TABLE (
    attempt integer, fingerprint text, answer jsonb,
    run_spent_tokens bigint, run_held_tokens bigint, run_spent_usd numeric, run_held_usd numeric,
    day_spent_tokens bigint, day_held_tokens bigint, day_spent_usd numeric, day_held_usd numeric
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    lost record;
BEGIN
    INSERT INTO spending_runs (run_id, budget_usd, budget_tokens) VALUES (the_run, run_cap_u, run_cap_t)
    ON CONFLICT (run_id) DO UPDATE SET budget_usd = excluded.budget_usd, budget_tokens = excluded.budget_tokens;

    SELECT c.fingerprint, c.answer INTO reserve_call.fingerprint, reserve_call.answer
    FROM model_calls c WHERE c.run_id = the_run AND c.key = the_key AND c.state = 'answered';
    IF FOUND THEN
        RETURN NEXT;
        RETURN;
    END IF;

    -- Attempts of the key whose process died: nobody knows whether they were charged.
    FOR lost IN
        WITH gone AS (
            UPDATE model_calls c SET state = 'unknown', charged_tokens = c.reserved_tokens,
                charged_usd = coalesce(c.reserved_usd, 0), ended_at = clock_timestamp(),
                error = 'the process ended before the answer came'
            WHERE c.run_id = the_run AND c.key = the_key AND c.state = 'reserved'
            RETURNING c.day, c.charged_tokens AS tokens, c.charged_usd AS usd
        ) SELECT * FROM gone ORDER BY gone.day
    LOOP
        PERFORM move_spending(the_run, lost.day, -lost.tokens, -lost.usd, lost.tokens, lost.usd);
    END LOOP;

    INSERT INTO spending_days AS d (day) VALUES (the_day) ON CONFLICT (day) DO UPDATE SET day = excluded.day;
    SELECT r.spent_tokens, r.held_tokens, r.spent_usd, r.held_usd, d.spent_tokens, d.held_tokens, d.spent_usd, d.held_usd
    INTO reserve_call.run_spent_tokens, reserve_call.run_held_tokens, reserve_call.run_spent_usd,
        reserve_call.run_held_usd, reserve_call.day_spent_tokens, reserve_call.day_held_tokens,
        reserve_call.day_spent_usd, reserve_call.day_held_usd
    FROM spending_runs r, spending_days d WHERE r.run_id = the_run AND d.day = the_day;

    IF coalesce(reserve_call.run_spent_tokens + reserve_call.run_held_tokens + most_t > run_cap_t, false)
        OR coalesce(reserve_call.day_spent_tokens + reserve_call.day_held_tokens + most_t > day_cap_t, false)
        OR coalesce(reserve_call.run_spent_usd + reserve_call.run_held_usd + most_u > run_cap_u, false)
        OR coalesce(reserve_call.day_spent_usd + reserve_call.day_held_usd + most_u > day_cap_u, false)
    THEN
        RETURN NEXT;
        RETURN;
    END IF;

    PERFORM move_spending(the_run, the_day, most_t, coalesce(most_u, 0), 0, 0);
    IF most_u IS NULL THEN
        UPDATE spending_runs SET unpriced = true WHERE run_id = the_run;
    END IF;
    INSERT INTO model_calls AS made
        (run_id, key, attempt, role, model, fingerprint, day, reserved_prompt_tokens, reserved_tokens, reserved_usd)
    SELECT the_run, the_key, coalesce(max(c.attempt), 0) + 1, its_role, its_model, its_fingerprint, the_day,
        prompt_t, most_t, most_u
    FROM model_calls c WHERE c.run_id = the_run AND c.key = the_key
    RETURNING made.attempt INTO reserve_call.attempt;
    RETURN NEXT;
END $$;

-- The run's sums after it; no row where the attempt was settled or deleted meanwhile.
CREATE FUNCTION settle_call(
    the_run text, the_key text, the_attempt integer, the_day date, its_state text,
    prompt_t bigint, completion_t bigint, is_estimated boolean, charged_t bigint, charged_u numeric,
    its_answer jsonb, its_error text, for_good boolean
) RETURNS SETOF spending_runs LANGUAGE plpgsql AS $$
DECLARE
    held record;
BEGIN
    PERFORM 1 FROM spending_runs WHERE run_id = the_run FOR UPDATE;
    PERFORM 1 FROM spending_days WHERE day = the_day FOR UPDATE;
    UPDATE model_calls SET state = its_state, prompt_tokens = prompt_t, completion_tokens = completion_t,
        estimated = is_estimated, charged_tokens = charged_t, charged_usd = charged_u, answer = its_answer,
        error = its_error, permanent = for_good, ended_at = clock_timestamp()
    WHERE run_id = the_run AND key = the_key AND attempt = the_attempt AND state = 'reserved'
    RETURNING reserved_tokens AS tokens, coalesce(reserved_usd, 0) AS usd INTO held;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    PERFORM move_spending(the_run, the_day, -held.tokens, -held.usd, charged_t, charged_u);
    RETURN QUERY SELECT * FROM spending_runs WHERE run_id = the_run;
END $$;

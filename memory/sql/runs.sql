-- name: insert_run
-- None where the project has gone.
INSERT INTO runs (id, project_id, intent, input)
SELECT %(id)s, id, %(intent)s, %(input)s FROM projects WHERE id = %(project_id)s AND deleted_at IS NULL
RETURNING *

-- name: lock_key
SELECT pg_advisory_xact_lock(hashtextextended(%(key)s, 1))

-- name: run_of_key
SELECT k.fingerprint, r.* FROM idempotency_keys AS k JOIN runs AS r ON r.id = k.run_id WHERE k.key = %(key)s

-- name: insert_key
INSERT INTO idempotency_keys (key, run_id, fingerprint) VALUES (%(key)s, %(run_id)s, %(fingerprint)s) RETURNING key

-- name: adopt_run
INSERT INTO runs (id, project_id, intent, status, adopted, input, started_at)
VALUES (%(id)s, %(project_id)s, %(intent)s, 'running', true, %(input)s, now())
ON CONFLICT (id) DO UPDATE SET status = runs.status
RETURNING *

-- name: finish_adopted
UPDATE runs SET status = %(status)s, error = %(error)s, ended_at = now() WHERE id = %(id)s AND adopted RETURNING id

-- name: run
SELECT r.* FROM runs AS r JOIN projects AS p ON p.id = r.project_id
WHERE r.id = %(id)s AND p.deleted_at IS NULL

-- name: runs
SELECT * FROM runs
WHERE project_id = %(project_id)s
    AND (%(at)s::timestamptz IS NULL OR (created_at, id) < (%(at)s::timestamptz, %(before)s::text))
ORDER BY created_at DESC, id DESC
LIMIT %(limit)s

-- name: next_run
-- None where the oldest one waits for a person: those behind it wait with it.
SELECT * FROM (
    SELECT * FROM runs
    WHERE project_id = %(project_id)s AND status IN ('queued', 'running', 'waiting') AND NOT adopted AND NOT aside
    ORDER BY number
    LIMIT 1
) AS oldest
WHERE status <> 'waiting'

-- name: next_aside
SELECT * FROM runs
WHERE project_id = %(project_id)s AND status IN ('queued', 'running') AND NOT adopted AND aside
ORDER BY number
LIMIT 1

-- name: start_run
-- None where it was cancelled while it waited.
UPDATE runs SET status = 'running', started_at = coalesce(started_at, now())
WHERE id = %(id)s AND status IN ('queued', 'running', 'waiting')
RETURNING id

-- name: finish_run
UPDATE runs SET status = %(status)s, error = %(error)s, ended_at = now()
WHERE id = %(id)s AND status NOT IN ('succeeded', 'failed', 'cancelled')
RETURNING id

-- name: cancel_steps
UPDATE steps SET status = 'cancelled', ended_at = now() WHERE run_id = %(run_id)s AND status = 'running' RETURNING key

-- name: request_cancel
-- What nobody works on ends at once; what runs ends when its worker hears of it.
UPDATE runs
SET cancel_requested_at = coalesce(cancel_requested_at, now()),
    status = CASE status WHEN 'running' THEN status ELSE 'cancelled' END,
    ended_at = CASE status WHEN 'running' THEN ended_at ELSE now() END,
    error = CASE status WHEN 'running' THEN error ELSE %(reason)s END
WHERE id = %(id)s AND status IN ('queued', 'waiting', 'running') AND NOT adopted
RETURNING *

-- name: request_cancel_of_project
UPDATE runs
SET cancel_requested_at = coalesce(cancel_requested_at, now()),
    status = CASE status WHEN 'running' THEN status ELSE 'cancelled' END,
    ended_at = CASE status WHEN 'running' THEN ended_at ELSE now() END
WHERE project_id = %(project_id)s AND status IN ('queued', 'waiting', 'running') AND NOT adopted
RETURNING id

-- name: is_cancelled
-- Also where the run has gone altogether.
SELECT NOT EXISTS (
    SELECT FROM runs WHERE id = %(id)s AND cancel_requested_at IS NULL AND status <> 'cancelled'
) AS cancelled

-- name: set_not_understood
UPDATE runs SET not_understood = %(parts)s WHERE id = %(id)s RETURNING id

-- name: steps
SELECT * FROM steps WHERE run_id = %(run_id)s ORDER BY number

-- name: steps_of_runs
SELECT * FROM steps WHERE run_id = ANY(%(run_ids)s) ORDER BY number

-- name: save_plan
UPDATE runs SET plan = %(plan)s, not_understood = %(parts)s WHERE id = %(id)s RETURNING id

-- name: plans_built
-- Of the runs that succeeded, oldest first.
SELECT plan FROM runs
WHERE project_id = %(project_id)s AND status = 'succeeded' AND jsonb_array_length(plan -> 'tasks') > 0
ORDER BY created_at

-- name: wait_for
-- None where it was cancelled meanwhile.
UPDATE runs SET status = 'waiting', waiting = %(waiting)s, decision = NULL
WHERE id = %(id)s AND status = 'running' AND cancel_requested_at IS NULL
RETURNING id

-- name: decide
-- None where it does not wait, or was decided already.
UPDATE runs SET status = 'queued', decision = %(decision)s WHERE id = %(id)s AND status = 'waiting' RETURNING *

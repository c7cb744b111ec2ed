-- name: insert_project
INSERT INTO projects (id, name, description, template, owner_id)
VALUES (%(id)s, %(name)s, %(description)s, %(template)s, %(owner_id)s)
RETURNING *

-- name: project
SELECT * FROM projects WHERE id = %(id)s AND deleted_at IS NULL

-- name: projects
SELECT * FROM projects
WHERE deleted_at IS NULL
    AND (%(at)s::timestamptz IS NULL OR (created_at, id) < (%(at)s::timestamptz, %(before)s::text))
ORDER BY created_at DESC, id DESC
LIMIT %(limit)s

-- name: update_project
UPDATE projects
SET name = coalesce(%(name)s, name), description = coalesce(%(description)s, description), updated_at = now()
WHERE id = %(id)s AND deleted_at IS NULL
RETURNING *

-- name: set_project_status
UPDATE projects SET status = %(status)s, updated_at = now() WHERE id = %(id)s RETURNING id

-- name: settle_project
-- After a cancelled run: what was there before it is still there.
UPDATE projects
SET status = CASE WHEN commit IS NULL THEN 'failed' ELSE 'ready' END, updated_at = now()
WHERE id = %(id)s AND status IN ('creating', 'modifying', 'deploying')
RETURNING id

-- name: mark_deleted
UPDATE projects SET deleted_at = coalesce(deleted_at, now()) WHERE id = %(id)s RETURNING id

-- name: deleted_projects
SELECT id FROM projects WHERE deleted_at IS NOT NULL ORDER BY deleted_at

-- name: forget_thread
-- As LangGraph's own saver does it; the API would have to load LangGraph for that.
WITH writes AS (DELETE FROM checkpoint_writes WHERE thread_id = %(thread_id)s),
    blobs AS (DELETE FROM checkpoint_blobs WHERE thread_id = %(thread_id)s)
DELETE FROM checkpoints WHERE thread_id = %(thread_id)s RETURNING thread_id

-- name: delete_project
DELETE FROM projects WHERE id = %(id)s RETURNING id

-- name: save_spec
UPDATE projects SET spec = %(spec)s, type = %(type)s, name = %(name)s, updated_at = now() WHERE id = %(id)s RETURNING id

-- name: adopt_project
INSERT INTO projects (id, name, description) VALUES (%(id)s, %(name)s, %(description)s)
ON CONFLICT DO NOTHING
RETURNING id

-- name: insert_journal
INSERT INTO journal (project_id, kind, user_id, detail)
SELECT id, %(kind)s, %(user_id)s, %(detail)s FROM projects WHERE id = %(project_id)s
RETURNING id

-- name: history
SELECT * FROM (
    SELECT created_at, 'project/' || id AS id, 'project_created' AS kind,
        jsonb_build_object('name', name, 'request', left(description, 2000), 'user', owner_id) AS detail
    FROM projects WHERE id = %(project_id)s
    UNION ALL
    SELECT created_at, 'run/' || id, 'run_queued',
        jsonb_build_object('run_id', id, 'intent', intent, 'request', left(input->>'request', 2000))
    FROM runs WHERE project_id = %(project_id)s
    UNION ALL
    SELECT ended_at, 'run-end/' || id, 'run_' || status,
        jsonb_build_object('run_id', id, 'intent', intent, 'error', error)
    FROM runs WHERE project_id = %(project_id)s AND ended_at IS NOT NULL
    UNION ALL
    SELECT created_at, 'report/' || commit, 'qa_report',
        jsonb_build_object('commit', commit, 'passed', report->'passed', 'coverage', report->'coverage',
            'security_score', report->'security_score')
    FROM reports WHERE project_id = %(project_id)s
    UNION ALL
    SELECT created_at, 'deployment/' || id, 'deployment',
        jsonb_build_object('deployment_id', id, 'environment', environment, 'commit', commit, 'status', status,
            'url', deployment_url, 'detail', detail)
    FROM deployments WHERE project_id = %(project_id)s
    UNION ALL
    SELECT created_at, 'journal/' || id, kind, detail || jsonb_build_object('user', user_id)
    FROM journal WHERE project_id = %(project_id)s
) AS happened
WHERE %(at)s::timestamptz IS NULL OR (created_at, id) < (%(at)s::timestamptz, %(before)s::text)
ORDER BY created_at DESC, id DESC
LIMIT %(limit)s

-- name: try_hold_project
-- The lock of a worker that drives the project's runs.
SELECT pg_try_advisory_xact_lock(hashtextextended(%(id)s, 0)) AS got

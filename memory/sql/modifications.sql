-- name: insert_modification
INSERT INTO modifications (id, project_id, run_id, request, requested_by, rolls_back)
VALUES (%(id)s, %(project_id)s, %(run_id)s, %(request)s, %(requested_by)s, %(rolls_back)s)
RETURNING *

-- name: modification
SELECT m.*, r.status AS run_status, r.error AS run_error
FROM modifications AS m JOIN runs AS r ON r.id = m.run_id JOIN projects AS p ON p.id = m.project_id
WHERE m.id = %(id)s AND p.deleted_at IS NULL

-- name: modification_of_run
SELECT * FROM modifications WHERE run_id = %(run_id)s

-- name: modifications
SELECT m.*, r.status AS run_status, r.error AS run_error
FROM modifications AS m JOIN runs AS r ON r.id = m.run_id
WHERE m.project_id = %(project_id)s
    AND (%(at)s::timestamptz IS NULL OR (m.requested_at, m.id) < (%(at)s::timestamptz, %(before)s::text))
ORDER BY m.requested_at DESC, m.id DESC
LIMIT %(limit)s

-- name: update_modification
-- Null leaves a value as it is.
UPDATE modifications SET
    status = coalesce(%(status)s, status),
    impact_analysis = coalesce(%(impact_analysis)s, impact_analysis),
    affected_files = coalesce(%(affected_files)s, affected_files),
    touched_files = coalesce(%(touched_files)s, touched_files),
    modified_files = coalesce(%(modified_files)s, modified_files),
    prediction = coalesce(%(prediction)s, prediction),
    test_results = coalesce(%(test_results)s, test_results),
    error = coalesce(%(error)s, error),
    base_commit = coalesce(%(base_commit)s, base_commit),
    base_scaffold = coalesce(%(base_scaffold)s, base_scaffold),
    commit = coalesce(%(commit)s, commit),
    scaffold = coalesce(%(scaffold)s, scaffold),
    branch = coalesce(%(branch)s, branch),
    migration = coalesce(%(migration)s, migration)
WHERE run_id = %(run_id)s
RETURNING *

-- name: keep_base
-- What the project was, before it changes; a repeated step keeps the first.
UPDATE modifications AS m SET
    base_spec = p.spec,
    base_scores = jsonb_build_object(
        'commit', p.commit, 'test_coverage', p.test_coverage, 'security_score', p.security_score,
        'performance_score', p.performance_score)
FROM projects AS p
WHERE m.run_id = %(run_id)s AND p.id = m.project_id AND m.status <> 'applied'
RETURNING m.id

-- name: apply_modification
UPDATE modifications SET status = 'applied', applied_at = coalesce(applied_at, now())
WHERE run_id = %(run_id)s
RETURNING id

-- name: take_change
UPDATE projects SET commit = %(commit)s, spec = %(spec)s, test_coverage = %(coverage)s,
    security_score = %(security_score)s, performance_score = coalesce(%(performance_score)s, performance_score),
    updated_at = now()
WHERE id = %(id)s
RETURNING id

-- name: undo_modification
UPDATE modifications SET status = %(status)s, error = coalesce(%(error)s, error), applied_at = NULL
WHERE run_id = %(run_id)s
RETURNING id

-- name: put_back
UPDATE projects AS p SET
    commit = m.base_scores->>'commit',
    spec = m.base_spec,
    test_coverage = (m.base_scores->>'test_coverage')::double precision,
    security_score = (m.base_scores->>'security_score')::double precision,
    performance_score = coalesce((m.base_scores->>'performance_score')::double precision, performance_score),
    updated_at = now()
FROM modifications AS m
WHERE m.run_id = %(run_id)s AND p.id = m.project_id
RETURNING p.id

-- name: applied_modifications
-- Newest first; those that were taken back are not among them.
SELECT * FROM modifications
WHERE project_id = %(project_id)s AND status = 'applied' AND rolls_back IS NULL
ORDER BY applied_at DESC

-- name: modification_with_commit
-- What made the newest of these commits, which come newest first.
SELECT m.* FROM modifications AS m JOIN unnest(%(commits)s::text[]) WITH ORDINALITY AS c(id, place) ON c.id = m.commit
WHERE m.project_id = %(project_id)s AND m.applied_at IS NOT NULL
ORDER BY c.place
LIMIT 1

-- name: first_modification
SELECT * FROM modifications WHERE project_id = %(project_id)s AND base_scaffold IS NOT NULL
ORDER BY requested_at LIMIT 1

-- name: mark_rolled_back
UPDATE modifications SET status = 'rolled_back' WHERE id = ANY(%(ids)s) AND status = 'applied' RETURNING id

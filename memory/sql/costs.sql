-- name: save_cost_report
INSERT INTO cost_reports (project_id, report) SELECT id, %(report)s FROM projects WHERE id = %(project_id)s
ON CONFLICT (project_id) DO UPDATE SET report = excluded.report, created_at = now()
RETURNING *

-- name: cost_report
SELECT * FROM cost_reports WHERE project_id = %(project_id)s

-- name: insert_finished_run
-- Work that was done while it was asked for: a run that has ended, with its one step.
WITH run AS (
    INSERT INTO runs (id, project_id, intent, input, status, started_at, ended_at, announced)
    SELECT %(id)s, id, %(intent)s, %(input)s, 'succeeded', now(), now(), true FROM projects
    WHERE id = %(project_id)s AND deleted_at IS NULL
    RETURNING *
), step AS (
    INSERT INTO steps (run_id, key, status, ended_at, output)
    SELECT id, %(step)s, 'succeeded', now(), %(output)s FROM run
)
SELECT * FROM run

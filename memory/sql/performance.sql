-- name: save_performance
WITH saved AS (
    INSERT INTO performance_reports (project_id, commit, report)
    SELECT id, %(commit)s, %(report)s FROM projects WHERE id = %(project_id)s
    ON CONFLICT (project_id, commit) DO UPDATE SET report = excluded.report, created_at = clock_timestamp()
    RETURNING project_id, created_at
)
UPDATE projects SET performance_score = %(score)s FROM saved WHERE id = saved.project_id
RETURNING saved.created_at

-- name: latest_performance
SELECT * FROM performance_reports WHERE project_id = %(project_id)s ORDER BY created_at DESC LIMIT 1

-- name: save_report
INSERT INTO reports (project_id, commit, report) VALUES (%(project_id)s, %(commit)s, %(report)s)
ON CONFLICT (project_id, commit) DO UPDATE SET report = excluded.report, created_at = now()
RETURNING commit

-- name: set_scores
UPDATE projects
SET commit = %(commit)s, test_coverage = %(coverage)s, security_score = %(security_score)s,
    performance_score = coalesce(%(performance_score)s, performance_score), updated_at = now()
WHERE id = %(project_id)s
RETURNING id

-- name: report
SELECT report FROM reports WHERE project_id = %(project_id)s AND commit = %(commit)s

-- name: save_import
INSERT INTO imports (project_id, commit, source, stack, baseline, overview)
VALUES (%(project_id)s, %(commit)s, %(source)s, %(stack)s, %(baseline)s, %(overview)s)
ON CONFLICT (project_id) DO UPDATE
SET commit = excluded.commit, stack = excluded.stack, baseline = excluded.baseline, overview = excluded.overview
RETURNING project_id

-- name: stands_at
UPDATE projects SET commit = %(commit)s, updated_at = now() WHERE id = %(id)s RETURNING id

-- name: import_of
SELECT * FROM imports WHERE project_id = %(project_id)s

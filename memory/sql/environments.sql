-- name: set_resources
INSERT INTO environments (project_id, environment, resources)
VALUES (%(project_id)s, %(environment)s, %(resources)s)
ON CONFLICT (project_id, environment) DO UPDATE SET resources = excluded.resources, changed_at = now()
RETURNING *

-- name: environments
SELECT environment, resources FROM environments WHERE project_id = %(project_id)s

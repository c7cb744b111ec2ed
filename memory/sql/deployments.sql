-- name: save_deployment
INSERT INTO deployments
    (id, project_id, run_id, environment, platform, commit, status, deployment_url, detail, resources, strategy,
    artefact, deployed_at)
VALUES (%(id)s, %(project_id)s, %(run_id)s, %(environment)s, %(platform)s, %(commit)s, %(status)s, %(deployment_url)s, %(detail)s,
    %(resources)s, %(strategy)s, %(artefact)s, CASE WHEN %(status)s = 'healthy' THEN now() END)
ON CONFLICT (id) DO UPDATE SET status = excluded.status, deployment_url = excluded.deployment_url,
    detail = excluded.detail, artefact = excluded.artefact, deployed_at = coalesce(deployments.deployed_at, excluded.deployed_at)
RETURNING id

-- name: replace_others
-- The version that a rollback turned away from is told from one that was replaced in the ordinary way.
UPDATE deployments AS d
SET status = CASE WHEN d.id = r.input->>'rolls_back' THEN 'rolled_back' ELSE 'stopped' END
FROM runs AS r
WHERE r.id = %(run_id)s AND d.project_id = %(project_id)s AND d.id <> %(id)s AND d.environment = %(environment)s
    AND d.platform = %(platform)s AND d.status IN ('healthy', 'unhealthy')
RETURNING d.id

-- name: left_elsewhere
-- What still serves an environment from another platform than the one that it has moved to.
SELECT * FROM deployments
WHERE project_id = %(project_id)s AND environment = %(environment)s AND platform <> %(platform)s
    AND status IN ('healthy', 'unhealthy', 'starting', 'building')
ORDER BY created_at

-- name: moved_but_stands
UPDATE deployments SET detail = %(detail)s WHERE id = %(id)s RETURNING id

-- name: touch_last_deployed
UPDATE projects SET last_deployed_at = now() WHERE id = %(project_id)s RETURNING id

-- name: turned_back
-- The platform itself went back to what served before.
UPDATE deployments SET status = CASE WHEN id = %(id)s THEN 'rolled_back' ELSE 'healthy' END,
    detail = CASE WHEN id = %(id)s THEN %(reason)s ELSE detail END,
    deployment_url = coalesce(deployment_url, (SELECT deployment_url FROM deployments WHERE id = %(id)s))
WHERE id IN (%(id)s, %(serves)s)
RETURNING id

-- name: stop_deployment
UPDATE deployments SET status = 'stopped' WHERE id = %(id)s RETURNING *

-- name: deployment
SELECT d.* FROM deployments AS d JOIN projects AS p ON p.id = d.project_id
WHERE d.id = %(id)s AND p.deleted_at IS NULL

-- name: deployments
SELECT * FROM deployments
WHERE project_id = %(project_id)s
    AND (%(at)s::timestamptz IS NULL OR (created_at, id) < (%(at)s::timestamptz, %(before)s::text))
ORDER BY created_at DESC, id DESC
LIMIT %(limit)s

-- name: live_before
-- The last other version that was live in that environment before this one, with its run's waivers.
SELECT d.*, r.input->'waivers' AS waivers
FROM deployments AS d JOIN runs AS r ON r.id = d.run_id
WHERE d.project_id = %(project_id)s AND d.environment = %(environment)s AND d.deployed_at IS NOT NULL
    AND d.commit <> %(commit)s AND d.created_at < %(created_at)s AND d.status <> 'rolled_back'
ORDER BY d.created_at DESC
LIMIT 1

-- name: current_deployments
-- What serves, of several projects.
SELECT DISTINCT ON (project_id, environment) * FROM deployments
WHERE project_id = ANY(%(project_ids)s) AND status IN ('healthy', 'unhealthy', 'starting', 'building')
ORDER BY project_id, environment, created_at DESC

-- name: remote_service
SELECT * FROM remote_services
WHERE project_id = %(project_id)s AND environment = %(environment)s AND platform = %(platform)s

-- name: intend_remote_service
INSERT INTO remote_services (project_id, environment, platform, name)
VALUES (%(project_id)s, %(environment)s, %(platform)s, %(name)s)
ON CONFLICT (project_id, environment, platform) DO UPDATE SET name = remote_services.name
RETURNING *

-- name: know_remote_service
UPDATE remote_services SET service = %(service)s
WHERE project_id = %(project_id)s AND environment = %(environment)s AND platform = %(platform)s
RETURNING *

-- name: forget_remote_service
DELETE FROM remote_services
WHERE project_id = %(project_id)s AND environment = %(environment)s AND platform = %(platform)s
RETURNING name

-- name: remote_services_of
SELECT * FROM remote_services
WHERE project_id = %(project_id)s AND (%(platform)s::text IS NULL OR platform = %(platform)s)
ORDER BY platform, environment

-- name: begin_remote_deployment
-- One that failed is begun anew under the same id.
INSERT INTO remote_deployments
    (id, project_id, environment, platform, commit, tree, health_path, resources, status)
VALUES (%(id)s, %(project_id)s, %(environment)s, %(platform)s, %(commit)s, %(tree)s, %(health_path)s, %(resources)s,
    'building')
ON CONFLICT (id) DO UPDATE SET
    status = CASE WHEN remote_deployments.status = 'failed' THEN 'building' ELSE remote_deployments.status END,
    deploy = CASE WHEN remote_deployments.status = 'failed' THEN NULL ELSE remote_deployments.deploy END,
    before = CASE WHEN remote_deployments.status = 'failed' THEN NULL ELSE remote_deployments.before END
RETURNING *

-- name: remote_deployment
SELECT * FROM remote_deployments WHERE id = %(id)s

-- name: note_remote_deployment
-- What is null stays as it is.
UPDATE remote_deployments SET status = coalesce(%(status)s, status), deploy = coalesce(%(deploy)s, deploy),
    before = coalesce(%(before)s, before), turning = coalesce(%(turning)s, turning),
    detail = coalesce(%(detail)s, detail), log_end = coalesce(%(log_end)s, log_end), url = coalesce(%(url)s, url),
    resources = coalesce(%(resources)s, resources)
WHERE id = %(id)s
RETURNING *

-- name: remote_deployment_live
UPDATE remote_deployments SET status = 'healthy', url = %(url)s, detail = %(detail)s, turning = NULL,
    deploy = coalesce(%(deploy)s, deploy), live_at = now()
WHERE id = %(id)s
RETURNING *

-- name: remote_deployments_replaced
UPDATE remote_deployments AS d SET status = 'stopped'
FROM remote_deployments AS new
WHERE new.id = %(id)s AND d.id <> new.id AND d.project_id = new.project_id AND d.environment = new.environment
    AND d.platform = new.platform AND d.status IN ('healthy', 'unhealthy', 'building')
RETURNING d.id

-- name: remote_deployment_before
-- The last other version that was live there before this one.
SELECT d.* FROM remote_deployments AS d, remote_deployments AS this
WHERE this.id = %(id)s AND d.id <> this.id AND d.project_id = this.project_id AND d.environment = this.environment
    AND d.platform = this.platform AND d.live_at IS NOT NULL AND d.status <> 'rolled_back' AND d.deploy <> ''
ORDER BY d.live_at DESC
LIMIT 1

-- name: remote_deployments_ended
UPDATE remote_deployments SET status = 'stopped'
WHERE project_id = %(project_id)s AND environment = %(environment)s AND platform = %(platform)s
    AND status IN ('healthy', 'unhealthy', 'building')
RETURNING id

-- name: forget_remote_deployments
DELETE FROM remote_deployments WHERE project_id = %(project_id)s AND platform = %(platform)s RETURNING id

-- name: platform_of
SELECT platform FROM remote_deployments WHERE id = %(id)s
UNION ALL SELECT platform FROM deployments WHERE id = %(id)s
LIMIT 1

-- name: try_hold_slot
SELECT pg_try_advisory_xact_lock(hashtextextended(%(slot)s, 1)) AS got

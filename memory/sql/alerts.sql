-- name: alert_config
SELECT rules, channels FROM alert_configs WHERE project_id = %(project_id)s

-- name: save_alert_config
INSERT INTO alert_configs (project_id, rules, channels) VALUES (%(project_id)s, %(rules)s, %(channels)s)
ON CONFLICT (project_id) DO UPDATE SET rules = excluded.rules, channels = excluded.channels
RETURNING project_id

-- name: alert_configs
SELECT * FROM alert_configs WHERE project_id = ANY(%(project_ids)s::text[])

-- name: watched_deployments
-- What ought to run: the newest of each environment.
SELECT DISTINCT ON (d.project_id, d.environment) d.*
FROM deployments AS d JOIN projects AS p ON p.id = d.project_id
WHERE p.deleted_at IS NULL AND d.status IN ('healthy', 'unhealthy', 'starting') AND d.deployed_at IS NOT NULL
ORDER BY d.project_id, d.environment, d.created_at DESC

-- name: set_deployment_health
-- Only between the two: a deployment that was stopped or replaced meanwhile stays that.
UPDATE deployments SET status = CASE WHEN %(healthy)s THEN 'healthy' ELSE 'unhealthy' END
WHERE id = %(id)s AND status IN ('healthy', 'unhealthy')
    AND status <> CASE WHEN %(healthy)s THEN 'healthy' ELSE 'unhealthy' END
RETURNING id

-- name: open_alerts
SELECT * FROM alerts WHERE state <> 'resolved'

-- name: insert_alerts
INSERT INTO alerts (id, project_id, deployment_id, environment, rule, metric, op, threshold, window_s, severity, state,
    value, active_at, fired_at)
SELECT r.* FROM jsonb_to_recordset(%(rows)s) AS r (id text, project_id text, deployment_id text, environment text,
    rule text, metric text, op text, threshold double precision, window_s double precision, severity text, state text,
    value double precision, active_at timestamptz, fired_at timestamptz)
JOIN deployments AS d ON d.id = r.deployment_id
ON CONFLICT DO NOTHING

-- name: drop_alerts
DELETE FROM alerts WHERE id = ANY(%(ids)s::text[]) AND state = 'pending'

-- name: restart_alerts
UPDATE alerts SET active_at = %(now)s WHERE id = ANY(%(ids)s::text[]) AND state = 'pending'

-- name: fire_alerts
UPDATE alerts AS a SET state = 'firing', fired_at = %(now)s, value = r.value
FROM jsonb_to_recordset(%(rows)s) AS r (id text, value double precision)
WHERE a.id = r.id AND a.state = 'pending'

-- name: resolve_alerts
UPDATE alerts AS a SET state = 'resolved', resolved_at = %(now)s, reason = r.reason
FROM jsonb_to_recordset(%(rows)s) AS r (id text, reason text)
WHERE a.id = r.id AND a.state = 'firing'

-- name: insert_notices
INSERT INTO alert_notices (project_id, alert_id, severity, kind, text, created_at, due_at)
SELECT r.* FROM jsonb_to_recordset(%(rows)s) AS r (project_id text, alert_id text, severity text, kind text, text text,
    created_at timestamptz, due_at timestamptz)
JOIN alerts AS a ON a.id = r.alert_id

-- name: note_noticed
UPDATE alerts SET noticed_at = %(now)s WHERE id = ANY(%(ids)s::text[])

-- name: active_silences
SELECT * FROM silences WHERE until > %(now)s

-- name: monitor_mark
SELECT at FROM monitor_marks WHERE name = %(name)s

-- name: set_monitor_mark
INSERT INTO monitor_marks (name, at) VALUES (%(name)s, %(at)s)
ON CONFLICT (name) DO UPDATE SET at = excluded.at
RETURNING at

-- name: unannounced_alerts
SELECT * FROM alerts WHERE announced <> state AND fired_at IS NOT NULL ORDER BY fired_at LIMIT %(limit)s

-- name: set_announced
UPDATE alerts SET announced = %(state)s WHERE id = %(id)s RETURNING id

-- name: alerts
SELECT a.*, EXISTS (
    SELECT FROM silences AS s
    WHERE s.project_id = a.project_id AND s.until > %(now)s AND coalesce(s.rule, a.rule) = a.rule
        AND coalesce(s.deployment_id, a.deployment_id) = a.deployment_id
) AS silenced
FROM alerts AS a
WHERE a.project_id = %(project_id)s AND (%(state)s::text IS NULL OR a.state = %(state)s::text)
    AND (%(at)s::timestamptz IS NULL OR (a.active_at, a.id) < (%(at)s::timestamptz, %(before)s::text))
ORDER BY a.active_at DESC, a.id DESC
LIMIT %(limit)s

-- name: alert
SELECT a.* FROM alerts AS a JOIN projects AS p ON p.id = a.project_id
WHERE a.id = %(id)s AND p.deleted_at IS NULL

-- name: acknowledge_alert
UPDATE alerts SET acknowledged_at = coalesce(acknowledged_at, %(now)s),
    acknowledged_by = coalesce(acknowledged_by, %(user)s)
WHERE id = %(id)s
RETURNING *

-- name: insert_silence
INSERT INTO silences (id, project_id, rule, deployment_id, reason, created_by, created_at, until)
VALUES (%(id)s, %(project_id)s, %(rule)s, %(deployment_id)s, %(reason)s, %(created_by)s, %(created_at)s, %(until)s)
RETURNING *

-- name: silences
SELECT * FROM silences WHERE project_id = %(project_id)s AND until > %(now)s ORDER BY until, id

-- name: end_silence
DELETE FROM silences WHERE id = %(id)s AND project_id = %(project_id)s RETURNING id

-- name: delete_old_alerts
DELETE FROM alerts WHERE state = 'resolved' AND resolved_at < %(before)s

-- name: delete_old_messages
DELETE FROM alert_messages WHERE state <> 'waiting' AND created_at < %(before)s

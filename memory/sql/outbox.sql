-- name: due_groups
SELECT n.project_id, n.severity, coalesce(c.channels, '[]') AS channels
FROM alert_notices AS n LEFT JOIN alert_configs AS c ON c.project_id = n.project_id
WHERE NOT n.composed
GROUP BY n.project_id, n.severity, c.channels
HAVING min(n.due_at) <= %(now)s
ORDER BY min(n.due_at)

-- name: take_notices
-- All of the group, due or not: what goes anyway takes along what would follow. Another monitor's are left to it.
WITH taken AS (
    SELECT id FROM alert_notices
    WHERE project_id = %(project_id)s AND severity = %(severity)s AND NOT composed
    ORDER BY id
    FOR UPDATE SKIP LOCKED
)
UPDATE alert_notices AS n SET composed = true
FROM taken, alerts AS a
WHERE n.id = taken.id AND a.id = n.alert_id
RETURNING n.id, n.kind, n.text, n.created_at, a.id AS alert_id, a.rule, a.metric, a.op, a.threshold, a.severity, a.state,
    a.value, a.environment, a.deployment_id, a.fired_at, a.resolved_at, a.reason

-- name: last_messages
SELECT created_at FROM alert_messages
WHERE project_id = %(project_id)s AND severity = %(severity)s
GROUP BY created_at
ORDER BY created_at DESC
LIMIT %(limit)s

-- name: project_name
SELECT name FROM projects WHERE id = %(project_id)s

-- name: insert_message
INSERT INTO alert_messages (key, project_id, channel, severity, title, body, created_at, due_at)
VALUES (%(key)s, %(project_id)s, %(channel)s, %(severity)s, %(title)s, %(body)s, %(now)s, %(now)s)
ON CONFLICT DO NOTHING
RETURNING key

-- name: claim_message
-- The oldest one that waits for a channel that is free.
UPDATE alert_messages SET attempts = attempts + 1, claimed_until = %(claimed_until)s
WHERE key = (
    SELECT key FROM alert_messages
    WHERE state = 'waiting' AND due_at <= %(now)s AND (claimed_until IS NULL OR claimed_until <= %(now)s)
        AND channel <> ALL(%(busy)s::text[])
    ORDER BY due_at, created_at, key
    LIMIT 1
    FOR UPDATE SKIP LOCKED
)
RETURNING *

-- name: message_sent
UPDATE alert_messages SET state = 'sent', sent_at = %(now)s, error = '', claimed_until = NULL
WHERE key = %(key)s AND state = 'waiting'
RETURNING key

-- name: message_failed
UPDATE alert_messages SET error = %(error)s, due_at = %(due_at)s, claimed_until = NULL,
    state = CASE WHEN %(given_up)s THEN 'failed' ELSE 'waiting' END
WHERE key = %(key)s AND state = 'waiting'
RETURNING key

-- name: messages
SELECT key, channel, severity, title, state, attempts, created_at, sent_at, due_at, error FROM alert_messages
WHERE project_id = %(project_id)s
ORDER BY created_at DESC, key
LIMIT %(limit)s

-- name: channel_figures
SELECT channel, count(*) FILTER (WHERE state = 'sent') AS sent, count(*) FILTER (WHERE state = 'waiting') AS waiting,
    count(*) FILTER (WHERE state = 'failed') AS failed, max(sent_at) AS last_sent_at,
    (array_agg(error ORDER BY created_at DESC) FILTER (WHERE error <> ''))[1] AS last_error
FROM alert_messages WHERE project_id = %(project_id)s
GROUP BY channel

-- name: remediable
-- Critical alerts that fire now, with what was done about each.
SELECT a.*, array(SELECT r.action || ':' || r.outcome FROM remediations AS r WHERE r.alert_id = a.id) AS done,
    (SELECT max(r.ended_at) FROM remediations AS r WHERE r.alert_id = a.id) AS last_ended_at
FROM alerts AS a
WHERE a.state = 'firing' AND a.severity = 'critical' AND a.rule = ANY(%(rules)s::text[])
ORDER BY a.fired_at

-- name: last_remediation
SELECT max(started_at) AS at FROM remediations
WHERE project_id = %(project_id)s AND environment = %(environment)s AND action = %(action)s

-- name: begin_remediation
INSERT INTO remediations (id, project_id, environment, deployment_id, alert_id, action, started_at)
VALUES (%(id)s, %(project_id)s, %(environment)s, %(deployment_id)s, %(alert_id)s, %(action)s, %(now)s)
ON CONFLICT DO NOTHING
RETURNING *

-- name: unfinished_remediations
SELECT * FROM remediations WHERE outcome = 'running' ORDER BY started_at

-- name: end_remediation
UPDATE remediations SET outcome = %(outcome)s, detail = %(detail)s, ended_at = %(now)s
WHERE id = %(id)s AND outcome = 'running'
RETURNING *

-- name: unannounced_remediations
SELECT * FROM remediations WHERE outcome <> 'running' AND NOT announced ORDER BY started_at

-- name: remediation_announced
UPDATE remediations SET announced = true WHERE id = %(id)s AND NOT announced RETURNING id

-- name: remediations
SELECT * FROM remediations WHERE project_id = %(project_id)s ORDER BY started_at DESC LIMIT %(limit)s

-- name: add_to_conversation
-- None where it was said before.
INSERT INTO messages (project_id, run_id, key, role, text, evidence)
SELECT project_id, id, %(key)s, %(role)s, %(text)s, %(evidence)s FROM runs WHERE id = %(run_id)s
ON CONFLICT (run_id, key) DO NOTHING
RETURNING id

-- name: conversation
SELECT m.*, r.intent, r.status FROM messages AS m JOIN runs AS r ON r.id = m.run_id
WHERE m.project_id = %(project_id)s AND m.id > %(after)s
ORDER BY m.id
LIMIT %(limit)s

-- name: conversation_newest_first
SELECT m.*, r.intent, r.status FROM messages AS m JOIN runs AS r ON r.id = m.run_id
WHERE m.project_id = %(project_id)s AND (%(before)s::bigint IS NULL OR m.id < %(before)s)
ORDER BY m.id DESC
LIMIT %(limit)s

-- name: become
-- A message whose intent was named by a model; None where that was done before.
UPDATE runs SET intent = %(intent)s, input = %(input)s WHERE id = %(id)s AND intent = 'chat' RETURNING *

-- name: waiting_run
SELECT * FROM runs WHERE project_id = %(project_id)s AND status = 'waiting' AND NOT adopted ORDER BY number LIMIT 1

-- name: unfinished_runs
SELECT * FROM runs
WHERE project_id = %(project_id)s AND NOT aside AND status IN ('queued', 'running', 'waiting')
ORDER BY number

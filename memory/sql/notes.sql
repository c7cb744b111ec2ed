-- LangGraph's store: the parts of a place joined by dots.
-- name: notes
SELECT value FROM store WHERE prefix = %(place)s ORDER BY value ->> 'at' DESC, key LIMIT %(limit)s

-- name: forget_note
WITH vectors AS (DELETE FROM note_vectors WHERE project_id = %(project_id)s AND key = %(key)s)
DELETE FROM store WHERE prefix = %(place)s AND key = %(key)s RETURNING key

-- name: forget_notes
DELETE FROM store WHERE prefix = %(place)s RETURNING key

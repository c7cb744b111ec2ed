-- name: code_index
SELECT * FROM code_indexes WHERE scope = %(scope)s

-- name: save_code_index
INSERT INTO code_indexes (scope, commit, files, history)
VALUES (%(scope)s, %(commit)s, %(files)s, %(history)s)
ON CONFLICT (scope) DO UPDATE SET commit = excluded.commit, files = excluded.files, history = excluded.history, updated_at = now()
RETURNING scope

-- name: code_facts
SELECT blob, language, facts FROM code_facts WHERE blob = ANY(%(blobs)s) AND version = %(version)s

-- name: forget_code_index
DELETE FROM code_indexes WHERE scope = %(scope)s RETURNING scope

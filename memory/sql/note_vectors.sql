-- name: embedded_notes
SELECT key FROM note_vectors WHERE project_id = %(project_id)s AND model = %(model)s

-- name: save_note_vector
INSERT INTO note_vectors (project_id, model, key, vector)
VALUES (%(project_id)s, %(model)s, %(key)s, %(vector)s::halfvec)
ON CONFLICT (project_id, model, key) DO UPDATE SET vector = excluded.vector
RETURNING key

-- name: notes_alike
SELECT key, 1 - (vector <=> %(vector)s::halfvec) AS likeness
FROM note_vectors
WHERE project_id = %(project_id)s AND model = %(model)s AND vector_dims(vector) = vector_dims(%(vector)s::halfvec)

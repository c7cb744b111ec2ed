-- name: embedded_blobs
SELECT DISTINCT blob FROM code_vectors WHERE model = %(model)s AND blob = ANY(%(blobs)s)

-- name: nearest_blobs
SELECT blob, max(1 - (vector <=> %(vector)s::halfvec)) AS likeness
FROM code_vectors
WHERE model = %(model)s AND blob = ANY(%(blobs)s)
  AND vector_dims(vector) = vector_dims(%(vector)s::halfvec)
GROUP BY blob
ORDER BY likeness DESC, blob
LIMIT %(most)s

-- name: audit_answer
SELECT answer FROM audit_answers WHERE key = %(key)s AND kept_until > now()

-- name: keep_audit_answer
-- What nobody may read any more goes with it.
WITH old AS (DELETE FROM audit_answers WHERE kept_until < now() - interval '1 day')
INSERT INTO audit_answers (key, answer, kept_until)
VALUES (%(key)s, %(answer)s, now() + make_interval(secs => %(keep_s)s))
ON CONFLICT (key) DO UPDATE SET answer = excluded.answer, kept_until = excluded.kept_until
RETURNING key

-- name: make_series
-- What was deleted meanwhile gets no series.
INSERT INTO metric_series (deployment_id, metric)
SELECT w.deployment_id, w.metric
FROM unnest(%(deployments)s::text[], %(metrics)s::text[]) AS w (deployment_id, metric)
JOIN deployments AS d ON d.id = w.deployment_id
ON CONFLICT DO NOTHING

-- name: series
SELECT id, deployment_id, metric FROM metric_series WHERE deployment_id = ANY(%(deployments)s::text[])

-- name: write_points
INSERT INTO metric_points (series_id, at, value)
SELECT * FROM unnest(%(series)s::integer[], %(ats)s::timestamptz[], %(points)s::double precision[])
ON CONFLICT DO NOTHING

-- name: write_checks
INSERT INTO health_checks (deployment_id, at, healthy, status_code, latency_ms, error)
SELECT * FROM unnest(%(deployments)s::text[], %(ats)s::timestamptz[], %(healthy)s::boolean[], %(codes)s::integer[],
    %(latencies)s::double precision[], %(errors)s::text[])
ON CONFLICT DO NOTHING

-- name: latest_points
SELECT s.deployment_id, s.metric, p.at, p.value
FROM metric_series AS s CROSS JOIN LATERAL (
    SELECT at, value FROM metric_points
    WHERE series_id = s.id AND at > %(since)s AND at <= %(until)s
    ORDER BY at DESC LIMIT 1
) AS p
WHERE s.deployment_id = ANY(%(deployments)s::text[])

-- name: recent_checks
SELECT at, healthy, status_code, latency_ms, error FROM health_checks
WHERE deployment_id = %(deployment_id)s AND at > %(since)s
ORDER BY at DESC
LIMIT %(limit)s

-- name: points_by_step
-- Each part of the span from the coarsest table that is fine enough: hours, minutes, points.
WITH marks AS MATERIALIZED (
    SELECT coalesce(max(done_until) FILTER (WHERE level = 'hours' AND %(use_hours)s), '2000-01-01') AS hours,
        coalesce(max(done_until) FILTER (WHERE level = 'minutes' AND %(use_minutes)s), '2000-01-01') AS minutes
    FROM metric_rollups
), wanted AS MATERIALIZED (
    SELECT id, metric FROM metric_series
    WHERE deployment_id = %(deployment_id)s AND metric = ANY(%(metrics)s::text[])
), parts AS (
    SELECT s.metric, p.at, p.count, p.total, p.low, p.high
    FROM wanted AS s JOIN metric_hours AS p ON p.series_id = s.id
    WHERE p.at >= %(since)s AND p.at < %(until)s AND p.at < (SELECT hours FROM marks)
    UNION ALL
    SELECT s.metric, p.at, p.count, p.total, p.low, p.high
    FROM wanted AS s JOIN metric_minutes AS p ON p.series_id = s.id
    WHERE p.at >= %(since)s AND p.at < %(until)s
        AND p.at >= (SELECT hours FROM marks) AND p.at < (SELECT minutes FROM marks)
    UNION ALL
    SELECT s.metric, p.at, 1, p.value, p.value, p.value
    FROM wanted AS s JOIN metric_points AS p ON p.series_id = s.id
    WHERE p.at >= %(since)s AND p.at < %(until)s
        AND p.at >= (SELECT greatest(hours, minutes) FROM marks)
)
SELECT metric, date_bin(%(step)s, at, %(since)s) AS at, sum(count)::bigint AS count, sum(total) AS total,
    min(low) AS low, max(high) AS high
FROM parts
GROUP BY metric, 2
ORDER BY metric, 2

-- name: sums
-- Of many deployments over one span, from whole hours where there are any.
WITH marks AS MATERIALIZED (
    SELECT coalesce(max(done_until) FILTER (WHERE level = 'hours'), '2000-01-01') AS hours,
        coalesce(max(done_until) FILTER (WHERE level = 'minutes'), '2000-01-01') AS minutes
    FROM metric_rollups
), wanted AS MATERIALIZED (
    SELECT id, deployment_id, metric FROM metric_series WHERE deployment_id = ANY(%(deployments)s::text[])
), parts AS (
    SELECT s.deployment_id, s.metric, p.count, p.total, p.high
    FROM wanted AS s JOIN metric_hours AS p ON p.series_id = s.id
    WHERE p.at >= %(since)s AND p.at < (SELECT hours FROM marks)
    UNION ALL
    SELECT s.deployment_id, s.metric, p.count, p.total, p.high
    FROM wanted AS s JOIN metric_minutes AS p ON p.series_id = s.id
    WHERE p.at >= %(since)s AND p.at >= (SELECT hours FROM marks) AND p.at < (SELECT minutes FROM marks)
    UNION ALL
    SELECT s.deployment_id, s.metric, 1, p.value, p.value
    FROM wanted AS s JOIN metric_points AS p ON p.series_id = s.id
    WHERE p.at >= %(since)s AND p.at >= (SELECT greatest(hours, minutes) FROM marks)
)
SELECT deployment_id, metric, sum(count)::bigint AS count, sum(total) AS total, max(high) AS high
FROM parts
GROUP BY deployment_id, metric

-- name: percentile
-- Over the means of minutes.
SELECT percentile_cont(%(share)s) WITHIN GROUP (ORDER BY p.total / p.count) AS value, max(p.high) AS high,
    count(*)::bigint AS minutes
FROM metric_series AS s JOIN metric_minutes AS p ON p.series_id = s.id
WHERE s.deployment_id = ANY(%(deployments)s::text[]) AND s.metric = %(metric)s AND p.at >= %(since)s

-- name: rolled_up
SELECT done_until FROM metric_rollups WHERE level = %(level)s

-- name: set_rolled_up
INSERT INTO metric_rollups (level, done_until) VALUES (%(level)s, %(done_until)s)
ON CONFLICT (level) DO UPDATE SET done_until = greatest(metric_rollups.done_until, excluded.done_until)
RETURNING level

-- name: first_point
SELECT min(at) AS at FROM metric_points

-- name: first_minute
SELECT min(at) AS at FROM metric_minutes

-- name: roll_minutes
INSERT INTO metric_minutes (series_id, at, count, total, low, high)
SELECT series_id, date_trunc('minute', at), count(*), sum(value), min(value), max(value)
FROM metric_points
WHERE at >= %(since)s AND at < %(until)s
GROUP BY 1, 2
ON CONFLICT (series_id, at) DO UPDATE
SET count = excluded.count, total = excluded.total, low = excluded.low, high = excluded.high

-- name: roll_hours
INSERT INTO metric_hours (series_id, at, count, total, low, high)
SELECT series_id, date_trunc('hour', at, 'UTC'), sum(count), sum(total), min(low), max(high)
FROM metric_minutes
WHERE at >= %(since)s AND at < %(until)s
GROUP BY 1, 2
ON CONFLICT (series_id, at) DO UPDATE
SET count = excluded.count, total = excluded.total, low = excluded.low, high = excluded.high

-- Time series of deployments. Partitions are made and dropped by the monitor (memory/metrics/partitions.py).
-- Rows of one series lie far apart: its index holds the values too, so that a chart reads a few pages and not thousands.
CREATE TABLE metric_series (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    deployment_id text NOT NULL REFERENCES deployments ON DELETE CASCADE,
    metric text NOT NULL,
    UNIQUE (deployment_id, metric)
);
CREATE TABLE metric_points (
    series_id integer NOT NULL,
    at timestamptz NOT NULL,
    value double precision NOT NULL,
    PRIMARY KEY (series_id, at) INCLUDE (value)
) PARTITION BY RANGE (at);
CREATE TABLE metric_minutes (
    series_id integer NOT NULL,
    count integer NOT NULL,
    at timestamptz NOT NULL,
    total double precision NOT NULL,
    low double precision NOT NULL,
    high double precision NOT NULL,
    PRIMARY KEY (series_id, at) INCLUDE (count, total, low, high)
) PARTITION BY RANGE (at);
CREATE TABLE metric_hours (
    series_id integer NOT NULL,
    count integer NOT NULL,
    at timestamptz NOT NULL,
    total double precision NOT NULL,
    low double precision NOT NULL,
    high double precision NOT NULL,
    PRIMARY KEY (series_id, at) INCLUDE (count, total, low, high)
) PARTITION BY RANGE (at);
-- Up to where points are rolled up.
CREATE TABLE metric_rollups (
    level text PRIMARY KEY,
    done_until timestamptz NOT NULL
);
CREATE TABLE health_checks (
    deployment_id text NOT NULL,
    at timestamptz NOT NULL,
    healthy boolean NOT NULL,
    status_code integer,
    latency_ms double precision,
    error text NOT NULL,
    PRIMARY KEY (deployment_id, at)
) PARTITION BY RANGE (at);

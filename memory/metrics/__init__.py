"""Time series of deployments in PostgreSQL: native range partitions, rolled up to minutes and hours."""

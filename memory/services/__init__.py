"""PostgreSQL and Redis: embedded by default, external where DATABASE_URL and REDIS_URL say so."""

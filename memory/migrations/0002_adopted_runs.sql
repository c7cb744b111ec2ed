-- Runs that `langgraph dev` drives itself: no worker takes them up.
ALTER TABLE runs ADD COLUMN adopted boolean NOT NULL DEFAULT false;

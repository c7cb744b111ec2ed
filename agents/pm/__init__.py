"""PM: turns a request into a plan."""

"""The monitor: a process of its own that watches deployments, tells people, and does what may be done by itself."""

"""What each node does, as a step whose result is kept."""

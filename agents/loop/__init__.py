"""A model at work on a workspace: ask, do, record, until it is done or a limit is reached."""

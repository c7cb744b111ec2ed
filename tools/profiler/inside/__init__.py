"""Runs inside the sandbox, on the interpreter of the measured application: the standard library only."""

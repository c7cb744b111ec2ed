"""Asking language models: which one, within which budget, what is done when it fails, and never paying twice."""

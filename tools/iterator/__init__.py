"""Understands an existing codebase: what stands where, and what a request in words will touch."""

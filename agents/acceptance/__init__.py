"""Acceptance checks as lines, as Python tests, and as requests to a running application."""

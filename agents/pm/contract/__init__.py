"""Reads an OpenAPI 3 file into an AppSpec."""

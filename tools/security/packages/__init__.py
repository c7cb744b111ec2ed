"""Packages that a project depends on: their advisories, their names, their licences, their list."""

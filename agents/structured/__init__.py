"""Asking a model for a record: tolerant of how it writes, strict in what comes out."""

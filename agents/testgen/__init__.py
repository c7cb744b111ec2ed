"""Tests that are generated where coverage is too low, and kept only where they can fail."""

"""Rule-based reading of a request: see `read_request` in `reader.py`."""

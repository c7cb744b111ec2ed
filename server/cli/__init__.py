"""The command line: `python -m server.cli`, or `./softwright` in the repository's root."""

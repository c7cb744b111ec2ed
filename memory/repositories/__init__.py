"""One class a kind of row; memory.store puts them together."""

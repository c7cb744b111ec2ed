"""Changes in words, read against the application that there is."""

"""What is stored about a project, as facts with their source: what the chat answers questions from."""

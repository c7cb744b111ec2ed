"""What is said to models, as one template a message."""

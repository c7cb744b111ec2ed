"""Dev writes: the skeleton from a template."""

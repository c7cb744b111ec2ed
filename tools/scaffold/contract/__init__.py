"""What an OpenAPI document asks for: its operations, schemas and samples, as pure functions over the document."""

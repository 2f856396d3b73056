"""The API's documentation, printed from its own OpenAPI document; loads nothing from elsewhere."""

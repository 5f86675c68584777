"""What is generated from the OpenAPI document of the server."""

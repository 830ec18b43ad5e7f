"""What a client asks: path, query and body bound into the request of a method."""

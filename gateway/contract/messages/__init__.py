"""Messages as JSON: a Struct and a converter for each, samples, and the answers of unary methods."""

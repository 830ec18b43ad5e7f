"""The published contract: OpenAPI documents made from the very Structs that encode what is sent."""

"""The rules of `buf.validate` (buf/validate/validate.proto): what they check and what they are as JSON Schema."""

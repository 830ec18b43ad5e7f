"""HTTP rules: path templates, the router over them, and which paths and bodies a method has. Knows no server."""

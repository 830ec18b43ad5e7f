"""Routes, sinks, problems, health, the page. The only room that imports litestar or an HTTP server."""

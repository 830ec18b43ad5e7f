"""A real job: it scans, hashes, compresses and verifies directories, and tells how far it is."""

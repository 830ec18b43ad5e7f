"""Descriptor sets put together: merged, completed, and with the options of the configuration written into them."""

"""All rows of all tables."""

from __future__ import annotations

from tests.conformance import (
    table_bodies,
    table_body_fields,
    table_overlaps,
    table_paths,
    table_queries,
    table_templates,
    table_values,
)

_TABLES = (table_paths, table_overlaps, table_queries, table_values, table_bodies, table_body_fields)
CASES = tuple(case for table in _TABLES for case in table.CASES)
"""Requests."""
TEMPLATES = table_templates.CASES
"""Path templates."""

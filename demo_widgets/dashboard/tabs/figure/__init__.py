"""The Figure tab and the report panel."""

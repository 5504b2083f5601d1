"""State of a dashboard: sequence, edits, position and window."""

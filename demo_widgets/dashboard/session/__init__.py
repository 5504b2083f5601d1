"""What a dashboard looks at: sequence, edits, position and window."""

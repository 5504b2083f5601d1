"""The Mutations tab and its panels."""

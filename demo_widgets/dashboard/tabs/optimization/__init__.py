"""The Class optimization tab and its panels."""

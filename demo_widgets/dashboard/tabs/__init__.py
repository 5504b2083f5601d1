"""The dashboard's tabs, one file each. A tab draws; it asks the state for results."""

"""The dashboard's tabs, one file each. A tab draws; it asks the engine for results."""

"""The dashboard's tabs, one file each. A tab fetches results from the engine and draws them."""

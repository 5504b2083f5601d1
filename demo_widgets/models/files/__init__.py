"""Model files, one format per module, and the provenance kept with the weights."""

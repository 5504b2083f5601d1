"""Drawing with bqplot: the tracks and their marks."""

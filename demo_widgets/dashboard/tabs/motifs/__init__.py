"""The Motifs tab and its panels."""

"""Genomes and intervals: genomic coordinates in, windows of sequence out."""

"""How a dashboard computes: requests, cached results and background work."""

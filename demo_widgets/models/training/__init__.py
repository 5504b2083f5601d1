"""Training a network: recipe, steps, checkpoints and devices."""

"""Training a network: settings, steps, checkpoints and devices."""

"""The anatomy of a Keras model: its graph, its end, and the chains that shortcuts support.

The result of this analysis is verified before use: the score is checked against the model's own
output, and each shortcut against the direct computation.
"""

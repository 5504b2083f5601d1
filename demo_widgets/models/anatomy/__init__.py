"""The anatomy of a Keras model: its graph, its end, and the chains that shortcuts know.

Whatever is read here is a claim about a model, not a fact: the score is checked against the
model's own output, and each shortcut against the plain way, before it is used.
"""

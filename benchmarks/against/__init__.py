"""demo_widgets set against what people would use instead: same weights, same sequences."""

"""Code and tests that a model writes: asked for, checked, run, and completed; tools stand on it."""

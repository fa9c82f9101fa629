"""Measures of speed, each as a ratio to a reference that runs in turns with it."""

"""A small language model that arrives as a package and runs on this machine's processor."""

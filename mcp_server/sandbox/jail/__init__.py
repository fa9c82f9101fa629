"""What runs around untrusted code, in its own process: the standard library only, Linux only."""

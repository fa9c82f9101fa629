"""Models of a hub: which ones are known, how they are downloaded, and what is on this disk."""

"""What the user wants, from evidence in the words and from the model."""

"""One login at a terminal: the keys, the code, the token and its place."""

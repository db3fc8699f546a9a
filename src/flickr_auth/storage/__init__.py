"""Where accounts are kept: the keyring, account files, token files."""

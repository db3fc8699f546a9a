"""The places that accounts are kept in: the keyring, account files, token files."""

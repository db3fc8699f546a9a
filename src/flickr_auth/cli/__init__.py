"""The command line. The only package that imports click, and the one that speaks to a person."""

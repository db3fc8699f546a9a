"""The checks of `flickr-auth doctor`: of this machine, of the provider, and their order."""

"""What `flickr-auth doctor` looks at: the checks of this machine and of the provider, and their order."""

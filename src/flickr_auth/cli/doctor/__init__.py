"""What `flickr-auth doctor` looks at: a file for each kind of check, and the list that puts them in order."""

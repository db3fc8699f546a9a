"""Other Flickr tools: a file for each that is read or written, and one table of those whose lines are printed."""

"""Other Flickr tools: one file each, with where the tool keeps its token and how it is written there and read."""

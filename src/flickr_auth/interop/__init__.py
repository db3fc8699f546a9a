"""Other Flickr tools: where each keeps its token, how it is written there and read from there."""

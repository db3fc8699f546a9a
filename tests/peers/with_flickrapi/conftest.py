pytest_plugins = ["flickr_auth.testing"]

"""`python -m flickr_auth`."""

from .cli.app import main

if __name__ == "__main__":
    main()

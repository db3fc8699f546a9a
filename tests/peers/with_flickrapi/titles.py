"""A small program of somebody's: the titles of one's photos, with flickrapi."""


def titles(flickr):
    return [photo["title"] for photo in flickr.people.getPhotos(user_id="me", per_page=3)["photos"]["photo"]]

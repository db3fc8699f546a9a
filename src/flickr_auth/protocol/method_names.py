"""The names of Flickr's public methods, and which of them change something: help for people, never a gate.

Source: https://www.flickr.com/services/api/ and flickr.reflection.getMethods, whose `requiredperms` is write or delete
for what changes something.
"""

from __future__ import annotations

from collections.abc import Mapping

# Each line has the methods of one group, without `flickr.`; an indented line goes on with it.
_READ = """
activity: userComments userPhotos
auth: checkToken getFrob getFullToken getToken
auth.oauth: checkToken getAccessToken
blogs: getList getServices
cameras: getBrandModels getBrands
collections: getInfo getTree
commons: getInstitutions
contacts: getList getListRecentlyUploaded getPublicList getTaggingSuggestions
favorites: getContext getList getPublicList
galleries: getInfo getList getListForPhoto getPhotos
groups: browse getInfo search
groups.discuss.replies: getInfo getList
groups.discuss.topics: getInfo getList
groups.members: getList
groups.pools: getContext getGroups getPhotos
interestingness: getList
machinetags: getNamespaces getPairs getPredicates getRecentValues getValues
panda: getList getPhotos
people: findByEmail findByUsername getGroups getInfo getLimits getPhotos getPhotosOf getPublicGroups
    getPublicPhotos getUploadStatus
photos: getAllContexts getContactsPhotos getContactsPublicPhotos getContext getCounts getExif getFavorites
    getInfo getNotInSet getPerms getPopular getRecent getSizes getUntagged getWithGeoData getWithoutGeoData
    recentlyUpdated search
photos.comments: getList getRecentForContacts
photos.geo: getLocation getPerms photosForLocation
photos.licenses: getInfo
photos.people: getList
photos.suggestions: getList
photos.upload: checkTickets
photosets: getContext getInfo getList getPhotos
photosets.comments: getList
places: find findByLatLon getChildrenWithPhotosPublic getInfo getInfoByUrl getPlaceTypes getShapeHistory
    getTopPlacesList placesForBoundingBox placesForContacts placesForTags placesForUser resolvePlaceId
    resolvePlaceURL tagsForPlace
prefs: getContentType getGeoPerms getHidden getPrivacy getSafetyLevel
profile: getProfile
push: getSubscriptions getTopics subscribe unsubscribe
reflection: getMethodInfo getMethods
stats: getCSVFiles getCollectionDomains getCollectionReferrers getCollectionStats getPhotoDomains
    getPhotoReferrers getPhotoStats getPhotosetDomains getPhotosetReferrers getPhotosetStats
    getPhotostreamDomains getPhotostreamReferrers getPhotostreamStats getPopularPhotos getTotalViews
tags: getClusterPhotos getClusters getHotList getListPhoto getListUser getListUserPopular getListUserRaw
    getMostFrequentlyUsed getRelated
test: echo login null
testimonials: getAllTestimonialsAbout getAllTestimonialsAboutBy getAllTestimonialsBy getPendingTestimonialsAbout
    getPendingTestimonialsAboutBy getPendingTestimonialsBy getTestimonialsAbout getTestimonialsAboutBy
    getTestimonialsBy
urls: getGroup getUserPhotos getUserProfile lookupGallery lookupGroup lookupUser
"""
_CHANGE = """
blogs: postPhoto
favorites: add remove
galleries: addPhoto create editMeta editPhoto editPhotos removePhoto
groups: join joinRequest leave
groups.discuss.replies: add delete edit
groups.discuss.topics: add
groups.pools: add remove
photos: addTags delete removeTag setContentType setDates setMeta setPerms setSafetyLevel setTags
photos.comments: addComment deleteComment editComment
photos.geo: batchCorrectLocation correctLocation removeLocation setContext setLocation setPerms
photos.licenses: setLicense
photos.notes: add delete edit
photos.people: add delete deleteCoords editCoords
photos.suggestions: approveSuggestion rejectSuggestion removeSuggestion suggestLocation
photos.transform: rotate
photosets: addPhoto create delete editMeta editPhotos orderSets removePhoto removePhotos reorderPhotos
    setPrimaryPhoto
photosets.comments: addComment deleteComment editComment
testimonials: addTestimonial approveTestimonial deleteTestimonial editTestimonial
"""


def _names(text: str) -> list[str]:
    names = []
    group = ""
    for word in text.split():
        if word.endswith(":"):
            group = word[:-1]
        else:
            names.append(f"flickr.{group}.{word}")
    return names


METHODS: Mapping[str, bool] = dict(
    sorted([*((name, False) for name in _names(_READ)), *((name, True) for name in _names(_CHANGE))])
)
"""Each method, and whether it changes something, for which Flickr wants a POST."""


def changes(name: str) -> bool | None:
    """Tell whether the method changes something; None if it is not in the list."""
    return METHODS.get(name)


def close_matches(name: str) -> list[str]:
    """Find the names that somebody may have meant, the closest first; at most three."""
    from difflib import SequenceMatcher

    typed = name.lower().strip(".")
    typed = typed if typed.startswith("flickr.") else f"flickr.{typed}"
    if same := [method for method in METHODS if method.lower() == typed]:
        return same
    # What follows the last dot tells methods apart; the group is often left out or in the wrong number.
    last = typed.rpartition(".")[2]

    def likeness(method: str) -> float:
        whole = SequenceMatcher(None, typed, method.lower()).ratio()
        return whole + (0.15 if method.lower().rpartition(".")[2] == last else 0.0)

    near = sorted(((likeness(method), method) for method in METHODS), key=lambda each: (-each[0], each[1]))
    return [method for close, method in near[:3] if close >= max(0.82, near[0][0] - 0.1)]

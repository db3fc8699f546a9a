"""Sign, send, cap, retry, and turn every failure into one of our errors.

The one package that knows requests and requests_oauthlib, which it imports when the first request is made. `Transport`
makes API calls; `flickr_auth.transport.session`, which is not loaded here, signs what scripts send.
"""

from .client import DEADLINE, Transport
from .failures import Misdirected, Untrusted, Unusable
from .request import LONGEST_ANSWER, Again, Request
from .signing import USER_AGENT

__all__ = [
    "DEADLINE",
    "LONGEST_ANSWER",
    "USER_AGENT",
    "Again",
    "Misdirected",
    "Request",
    "Transport",
    "Untrusted",
    "Unusable",
]

"""Sign, send, cap, retry, and turn every failure into one of our errors.

The one package that knows requests and requests_oauthlib, which it imports when the first request is made. `Transport`
makes API calls; `flickr_auth.transport.signed_session`, which is not loaded here, signs what scripts send.
"""

from .client import DEADLINE, Transport
from .exchange import LONGEST_ANSWER, Request

__all__ = ["DEADLINE", "LONGEST_ANSWER", "Request", "Transport"]

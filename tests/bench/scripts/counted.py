"""So many calls counted, and none sent: beside those of a full hour before."""

import sys
import time

from flickr_auth.provider import FLICKR
from flickr_auth.transport.calls_per_hour import CallsPerHour

folder, count = sys.argv[1], int(sys.argv[2])
hour_ago = CallsPerHour(folder, "k" * 32, FLICKR, 0, clock=lambda: time.time() - 3600)
now = CallsPerHour(folder, "k" * 32, FLICKR, 7200)
for _ in range(3600):
    hour_ago.take()
for _ in range(count):
    now.take()

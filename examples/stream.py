"""Raises an alert to Ada with redis-py: by an entry in the stream that Belfry reads.

pip install -r examples/requirements.txt
REDIS_URL=redis://127.0.0.1:6379 python3 examples/stream.py
"""

import json
import os

import redis

server = redis.Redis.from_url(os.environ["REDIS_URL"])
# The fields are those of CreateAlertInput; `actor` and `data` are JSON. What is refused goes, with the
# reason, to the stream belfry:alerts:dead.
entry = server.xadd(
    "belfry:alerts",
    {
        "recipientId": "ada",
        "kind": "disk",
        "severity": "WARNING",
        "title": "Raised by redis-py",
        "data": json.dumps({"free": "4 %"}),
    },
)
print("added", entry.decode())

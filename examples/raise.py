"""Raises an alert to Ada with Python's standard library, over HTTP.

BELFRY_URL=http://127.0.0.1:3000 TOKEN=$(belfry token create --name "python-$(date +%s)") python3 examples/raise.py
"""

import json
import os
import sys
import urllib.request
import uuid

CREATE = """mutation ($input: CreateAlertInput!) {
  createAlert(input: $input) { alert { id } problem { field message } }
}"""

alert = {
    "recipientId": "ada",
    "kind": "export",
    "title": "Raised by urllib",
    "body": "Your export is ready.",
    # Sent again with the same key, it is one alert still.
    "idempotencyKey": str(uuid.uuid4()),
}
request = urllib.request.Request(
    os.environ["BELFRY_URL"] + "/graphql",
    json.dumps({"query": CREATE, "variables": {"input": alert}}).encode(),
    {"Authorization": "Bearer " + os.environ["TOKEN"], "Content-Type": "application/json"},
)
with urllib.request.urlopen(request, timeout=10) as response:
    answer = json.load(response)

if answer.get("errors") or answer["data"]["createAlert"]["problem"]:
    sys.exit(json.dumps(answer))
print("raised", answer["data"]["createAlert"]["alert"]["id"])

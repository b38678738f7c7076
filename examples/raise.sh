#!/bin/sh
# Raises an alert to Ada with nothing but curl, over HTTP.
#   BELFRY_URL=http://127.0.0.1:3000 TOKEN=$(belfry token create --name "shell-$(date +%s)") examples/raise.sh
set -eu

# Sent again with the same key, it is one alert still.
key=build-$(date +%s)

answer=$(curl -sS --fail-with-body "$BELFRY_URL/graphql" \
  -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -d '{
    "query": "mutation($input: CreateAlertInput!) { createAlert(input: $input) { alert { id } problem { field message } } }",
    "variables": { "input": {
      "recipientId": "ada", "kind": "build", "severity": "CRITICAL",
      "title": "Raised by curl", "body": "Two tests failed on main.", "idempotencyKey": "'"$key"'"
    } }
  }') || { echo "$answer" >&2; exit 1; }
echo "$answer"
case $answer in *'"problem":null'*) ;; *) exit 1 ;; esac

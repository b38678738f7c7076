#!/bin/sh
# Raises an alert to Ada with nothing but redis-cli: by an entry in the stream that Belfry reads.
#   REDIS_URL=redis://127.0.0.1:6379 examples/stream.sh
set -eu

# The fields are those of CreateAlertInput; `actor` and `data` are JSON. What is refused goes, with the
# reason, to the stream belfry:alerts:dead.
redis-cli -e -u "$REDIS_URL" XADD belfry:alerts '*' \
  recipientId ada kind deploy severity SUCCESS title 'Raised by redis-cli' \
  body 'Version 12 is out.' actor '{"name": "Grace"}' data '{"version": 12}'

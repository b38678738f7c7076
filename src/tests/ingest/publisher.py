"""A publisher in another language, with nothing but a socket: adds 1,000 alerts for 50 people to the
stream, each with a key. Arguments: host, port."""
import socket
import sys


def command(*words):
    words = [str(word).encode() for word in words]
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)


with socket.create_connection((sys.argv[1], int(sys.argv[2]))) as redis:
    replies = redis.makefile("rb")
    for number in range(1000):
        redis.sendall(command("XADD", "belfry:alerts", "*", "recipientId", f"person{number % 50}", "kind", "load",
                              "title", f"number {number // 50}", "idempotencyKey", number))
        assert replies.readline().startswith(b"$")
        replies.readline()

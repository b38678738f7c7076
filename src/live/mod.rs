//! The `graphql-transport-ws` client: a protocol without a socket, and a socket for it.

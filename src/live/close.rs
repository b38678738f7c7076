//! Why a socket was closed: the codes both ends use, and what each means for a client.

/// All is said; also what a page sends when it goes.
pub const NORMAL: u16 = 1000;
/// The peer says more in a second than it may.
pub const TOO_MUCH: u16 = 1008;
/// A frame larger than the server takes.
pub const TOO_BIG: u16 = 1009;
/// The server is about to stop: come back.
pub const DRAINING: u16 = 1012;
/// The reader is too slow, or the server has too much to do: come back.
pub const OVERLOADED: u16 = 1013;
/// A message the protocol does not know, or of the wrong shape.
pub const BAD_REQUEST: u16 = 4400;
/// A subscription before the acknowledgement; and a right that ended.
pub const UNAUTHORIZED: u16 = 4401;
/// The credentials are refused or have expired: come back with fresh ones.
pub const FORBIDDEN: u16 = 4403;
/// No subprotocol in common.
pub const SUBPROTOCOL_NOT_ACCEPTABLE: u16 = 4406;
/// No `connection_init` in time.
pub const INIT_TIMEOUT: u16 = 4408;
/// The id of an operation that is still running was used again.
pub const SUBSCRIBER_EXISTS: u16 = 4409;
/// A second `connection_init`.
pub const TOO_MANY_INITS: u16 = 4429;
/// The client's own: nothing was heard for too long.
pub const UNHEARD: u16 = 4499;
/// The client's own: no `connection_ack` in time.
pub const ACK_TIMEOUT: u16 = 4504;

/// The longest reason a close frame carries, in bytes of UTF-8 (RFC 6455, section 5.5).
pub const LONGEST_REASON: usize = 123;

/// As much of `reason` as a close frame carries, whole characters only.
pub fn fit(reason: &str) -> &str {
    &reason[..reason.floor_char_boundary(LONGEST_REASON)]
}

/// What a close means for the client it happened to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Coming back would end the same way.
    Fatal,
    /// Coming back helps with fresh credentials.
    Renew,
    /// Come back.
    Retry,
}

impl Verdict {
    /// Judges a close code. Fatal is what says that a right ended, or that this client is at fault:
    /// it would say the same again. A fault of the server, or of a proxy before it, may pass.
    pub fn of(code: u16) -> Self {
        match code {
            1002 | 1003 | 1007..=1010 => Self::Fatal,
            BAD_REQUEST | UNAUTHORIZED | SUBPROTOCOL_NOT_ACCEPTABLE => Self::Fatal,
            SUBSCRIBER_EXISTS | TOO_MANY_INITS => Self::Fatal,
            FORBIDDEN => Self::Renew,
            _ => Self::Retry,
        }
    }
}

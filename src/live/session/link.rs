//! Where the one socket of a session stands, and how long it may stand there.

use std::time::Duration;

/// How long a socket may take to open.
pub const OPEN_WITHIN: Duration = Duration::from_secs(10);
/// How long the server may take to let the client in.
pub const ACK_WITHIN: Duration = Duration::from_secs(5);
/// How long it may be silent before the client asks with a ping.
pub const PING_AFTER: Duration = Duration::from_secs(8);
/// About how often a server pings: who wakes to an older silence has slept.
pub const PING_INTERVAL: Duration = Duration::from_secs(10);
/// How long an acknowledged connection must have lasted to count as a success: a server that lets
/// clients in and drops them again is not to be asked ever faster.
pub const STEADY: Duration = Duration::from_secs(10);
/// After how long a silence the socket is dead.
pub const SILENCE: Duration = Duration::from_secs(12);
/// How long an answer may take when somebody is back and looks: online again, or awake.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(3);

#[derive(Clone, Copy, Debug)]
pub(super) enum Link {
    /// None is wanted: not begun, or left.
    Parked,
    /// The next try is at `until`.
    Waiting { until: Duration },
    /// It is opening.
    Opening { since: Duration },
    /// It is open, and `connection_init` is sent.
    Greeting { since: Duration },
    /// The client is let in. Once it has asked with a ping, the socket is dead at `dead_at`.
    Ready { since: Duration, heard: Duration, dead_at: Option<Duration> },
    /// None will be tried again.
    Refused,
}

impl Link {
    /// When something is to be done about it, if nothing happens before.
    pub(super) fn due(self) -> Option<Duration> {
        match self {
            Self::Parked | Self::Refused => None,
            Self::Waiting { until } => Some(until),
            Self::Opening { since } => Some(since + OPEN_WITHIN),
            Self::Greeting { since } => Some(since + ACK_WITHIN),
            Self::Ready { heard, dead_at, .. } => Some(dead_at.unwrap_or(heard + PING_AFTER)),
        }
    }

    pub(super) fn has_socket(self) -> bool {
        matches!(self, Self::Opening { .. } | Self::Greeting { .. } | Self::Ready { .. })
    }

    pub(super) fn is_ready(self) -> bool {
        matches!(self, Self::Ready { .. })
    }

    /// Whether the connection has lasted.
    pub(super) fn is_steady(self, now: Duration) -> bool {
        matches!(self, Self::Ready { since, .. } if now >= since + STEADY)
    }

    /// Whether nothing was heard for so long that somebody must have slept.
    pub(super) fn has_slept(self, now: Duration) -> bool {
        matches!(self, Self::Ready { heard, .. } if now > heard + PING_INTERVAL)
    }
}

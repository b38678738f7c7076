//! What goes into a session and what comes out.

/// Something that happened to a session.
#[derive(Debug)]
pub enum Input<'a> {
    /// A good moment to be connected: at the start, back online, or somebody looks at the page.
    Wake,
    /// The page goes, perhaps to come back with a [`Input::Wake`].
    Leave,
    /// The time of [`super::Session::wake_at`] has come. Early or late does no harm.
    Tick,
    /// The socket is open, with the subprotocol agreed.
    Opened {
        /// Fresh credentials to introduce oneself with, a JSON object; a page's cookie has gone ahead
        /// of them.
        credentials: Option<String>,
    },
    /// A text frame.
    Text(&'a str),
    /// A binary frame, which the protocol does not know.
    Binary,
    /// The socket is closed, or never opened.
    Closed {
        /// Why; 1006 when nobody said.
        code: u16,
    },
    /// The owner wants an operation, by a number of its own.
    Subscribe(usize),
    /// The owner has heard enough of an operation.
    Unsubscribe(usize),
}

/// Something the owner of a session must do, in the order given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Open a socket.
    Connect,
    /// Send a text frame.
    Send(String),
    /// Close the socket and forget it: nothing of it may be told to the session any more.
    Close {
        /// 1000, or a code of 4000 and above: what a page may use.
        code: u16,
        /// Short enough for a close frame.
        reason: String,
    },
    /// Send a `subscribe` frame. What to ask is the owner's to say, anew each time: that is how
    /// an operation goes on from where its reader stands.
    Subscribe {
        /// The owner's number.
        operation: usize,
        /// The frame's id.
        id: String,
    },
    /// Hand over what an operation said.
    Deliver {
        /// The owner's number.
        operation: usize,
        /// What it said.
        outcome: Outcome,
    },
    /// Show how things stand.
    Status(Status),
}

/// What an operation says. After `Error` and `Complete` it says no more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A GraphQL response, as JSON.
    Next(String),
    /// It was refused, or failed as a whole: a list of GraphQL errors, as JSON.
    Error(String),
    /// It is over.
    Complete,
}

/// How a session stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// On the way there for the first time.
    Connecting,
    /// Connected and let in.
    Live,
    /// The same, but the server said that it cannot hear of changes now. It will say when it can.
    Stalled,
    /// Not connected, and coming back.
    Away {
        /// How many tries to come back have failed.
        attempts: u32,
    },
    /// Given up, with the close code that says why.
    Refused(u16),
}

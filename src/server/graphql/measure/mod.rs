//! How large a document may be. It is measured before anything walks it: first its text, then what was parsed.
//! All of it is linear in the text. Depth and complexity need the schema, and are the library's to judge.

mod document;
mod text;

use async_graphql::{Request, ServerError, ServerResult};
use clap::Args;

use super::{Kind, engine::operation};

/// How large a document may be; the same over HTTP and over a socket.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// The most lexical tokens of a document.
    #[arg(long = "limit-tokens", env = "BELFRY_LIMIT_TOKENS", default_value_t = Self::DEFAULT.tokens)]
    pub tokens: usize,

    /// The most levels of fields; the deepest useful document has 7, and introspection 13.
    #[arg(long = "limit-depth", env = "BELFRY_LIMIT_DEPTH", default_value_t = Self::DEFAULT.depth)]
    pub depth: usize,

    /// The most selections of a document, each fragment counted as often as it is spread.
    #[arg(long = "limit-selections", env = "BELFRY_LIMIT_SELECTIONS", default_value_t = Self::DEFAULT.selections)]
    pub selections: usize,

    /// The most aliases of a document, counted in the same way.
    #[arg(long = "limit-aliases", env = "BELFRY_LIMIT_ALIASES", default_value_t = Self::DEFAULT.aliases)]
    pub aliases: usize,

    /// The most fields of an operation's outermost level, counted in the same way.
    #[arg(long = "limit-root-fields", env = "BELFRY_LIMIT_ROOT_FIELDS", default_value_t = Self::DEFAULT.root_fields)]
    pub root_fields: usize,

    /// The most directives of a document, counted in the same way.
    #[arg(long = "limit-directives", env = "BELFRY_LIMIT_DIRECTIVES", default_value_t = Self::DEFAULT.directives)]
    pub directives: usize,

    /// The most fields that a document may ask for, counted with the length of its lists.
    #[arg(long = "limit-complexity", env = "BELFRY_LIMIT_COMPLEXITY", default_value_t = Self::DEFAULT.complexity)]
    pub complexity: usize,
}

impl Bounds {
    /// What no useful document comes near.
    pub const DEFAULT: Self = Self {
        tokens: 2_000,
        depth: 15,
        selections: 1_000,
        aliases: 30,
        root_fields: 20,
        directives: 50,
        complexity: 5_000,
    };

    /// What kind of operation a request asks for. The first to look at its document.
    ///
    /// # Errors
    /// A request error: the document is too large or says nothing sensible.
    pub fn kind(&self, request: &mut Request) -> ServerResult<Kind> {
        text::measure(&request.query, self.tokens).map_err(ServerError::from)?;
        let name = request.operation_name.clone();
        let doc = request.parsed_query()?;
        document::measure(doc, self).map_err(ServerError::from)?;
        Ok(operation(doc, name.as_deref())?.ty)
    }
}

/// There is more of something than may be.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the document has more than {most} {of}")]
struct TooLarge {
    most: usize,
    of: &'static str,
}

impl From<TooLarge> for ServerError {
    fn from(refused: TooLarge) -> Self {
        Self::new(refused.to_string(), None)
    }
}

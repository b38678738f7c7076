//! GraphQL documents, before anything of the schema looks at them.

use std::time::{Duration, Instant};

use async_graphql::{Request, parser::parse_query};
use belfry::server::graphql::Bounds;

use super::{fuzz, text};

/// Far more than the longest of them takes, also on a machine that is busy: what is not linear takes minutes.
const PROMPTLY: Duration = Duration::from_secs(5);

#[test]
fn a_document_is_measured_in_no_time_and_parsed_only_when_it_is_shallow() {
    fuzz(
        "document",
        text(|document| {
            let begun = Instant::now();
            let mut request = Request::new(document);
            let measured = Bounds::DEFAULT.kind(&mut request);
            assert!(begun.elapsed() < PROMPTLY, "{:?}", begun.elapsed());
            if let Ok(kind) = measured {
                let words = document.matches(|it: char| !it.is_whitespace()).count();
                assert!(words > 1 && parse_query(document).is_ok(), "{kind:?}");
            }
        }),
    );
}

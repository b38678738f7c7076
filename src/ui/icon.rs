//! The drawings of `public/icons.svg`, by name.

use leptos::prelude::*;

/// A drawing that says nothing a screen reader should repeat: the words stand beside it.
///
/// The sprite is one cached file, so that a drawing costs the WASM a name and no more.
pub fn icon(name: &'static str) -> impl IntoView {
    view! { <svg class="icon" aria-hidden="true"><use_ href=format!("/icons.svg#{name}")></use_></svg> }
}

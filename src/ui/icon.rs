//! The drawings of `public/icons.svg`, by name.

use leptos::prelude::*;

/// A drawing that says nothing a screen reader should repeat: the words stand beside it.
///
/// The sprite is one cached file, so that a drawing costs the WASM a name and no more.
pub fn icon(name: &'static str) -> impl IntoView {
    drawing(name, "icon")
}

/// The same, with a look of its own.
pub fn drawing(name: &'static str, class: &'static str) -> impl IntoView {
    // The address is made here, not in the view: a view of constants alone is copied as text, in
    // which the macro's name for the element, `use_`, would reach the page.
    let address = format!("/icons.svg#{name}");
    view! { <svg class=class aria-hidden="true"><use_ href=address></use_></svg> }
}

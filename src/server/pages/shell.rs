//! What all pages share: the head, and the script that wakes the island.

use axum::http::{HeaderValue, header::CONTENT_SECURITY_POLICY, request::Parts};
use leptos::{config::get_configuration, hydration::AutoReload, nonce::use_nonce, prelude::*};
use leptos_axum::ResponseOptions;

use super::assets::Assets;
use crate::server::origin::sockets;

/// A whole document. `live` pages load the island; the others load no script at all.
pub fn shell(assets: &Assets, title: String, live: bool, body: AnyView) -> impl IntoView + use<> {
    // Only islands wake up: what surrounds them carries no marks for the browser to find.
    if let Some(context) = Owner::current_shared_context() {
        context.set_is_hydrating(false);
    }
    secure(assets.watched);
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <meta name="theme-color" content="#f5f5f7" media="(prefers-color-scheme: light)" />
                <meta name="theme-color" content="#101116" media="(prefers-color-scheme: dark)" />
                <title>{title}</title>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link rel="stylesheet" href=style(assets) />
                {live.then(|| loader(assets))}
                {assets.watched.then(reloader)}
            </head>
            <body>{body}</body>
        </html>
    }
}

/// Says what the page may load: its own files, and pictures of people from anywhere.
fn secure(watched: bool) {
    let (Some(nonce), Some(response)) = (use_nonce(), use_context::<ResponseOptions>()) else {
        return;
    };
    // Not every browser counts sockets of this host among what is its own.
    let own = use_context::<Parts>().and_then(|it| sockets(&it.headers, *it.extensions.get()?));
    let sockets = if watched { "ws:" } else { own.as_deref().unwrap_or_default() };
    let policy = format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self'; \
         img-src 'self' http: https:; connect-src 'self' {sockets}; form-action 'self'; \
         object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
    );
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.insert_header(CONTENT_SECURITY_POLICY, policy);
    }
}

/// A watched page finds its style sheet by the plain name when it is to be replaced.
fn style(assets: &Assets) -> String {
    if assets.watched { format!("{}?pkg/belfry.css", assets.css) } else { assets.css.clone() }
}

/// Loads the WASM and hands each island its element.
fn loader(assets: &Assets) -> impl IntoView + use<> {
    let Assets { js, wasm, .. } = assets.clone();
    let script = format!(
        "import * as belfry from {js:?};\n\
         await belfry.default({{ module_or_path: {wasm:?} }});\n\
         belfry.hydrate();\n\
         for (const island of document.querySelectorAll('leptos-island')) {{\n\
         belfry[island.dataset.component](island);\n}}"
    );
    view! {
        <link rel="modulepreload" href=js />
        <link rel="preload" href=wasm r#as="fetch" r#type="application/wasm" crossorigin="" />
        <script type="module" nonce=use_nonce()>{script}</script>
    }
}

/// The reloading of `cargo leptos watch`.
fn reloader() -> Option<impl IntoView> {
    let options = get_configuration(None).ok()?.leptos_options;
    Some(view! { <AutoReload options /> })
}

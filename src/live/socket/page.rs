//! What the page gives: its server's address, its clock, its events.

use std::{cell::Cell, time::Duration};

use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use web_sys::{Document, EventTarget};

/// The WebSocket address of a path on the page's own server; empty outside of a page.
pub(super) fn address(path: &str) -> String {
    let parts = || {
        let location = web_sys::window().ok_or(JsValue::NULL)?.location();
        Ok((location.protocol()?, location.host()?))
    };
    parts().map_or_else(
        |_: JsValue| String::new(),
        |(protocol, host)| {
            let scheme = if protocol == "https:" { "wss://" } else { "ws://" };
            [scheme, &host, path].concat()
        },
    )
}

/// Whether somebody can see the page.
pub(super) fn is_visible() -> bool {
    document().is_some_and(|document| !document.hidden())
}

fn document() -> Option<Document> {
    web_sys::window()?.document()
}

/// Time since the start, sleep included, never backwards: the wall clock with its steps back cut.
/// (The browser's monotonic clock may stand still while the machine sleeps.)
pub(super) struct Clock {
    seen: Cell<f64>,
    elapsed: Cell<f64>,
}

impl Clock {
    pub(super) fn start() -> Self {
        Self { seen: Cell::new(js_sys::Date::now()), elapsed: Cell::new(0.0) }
    }

    pub(super) fn now(&self) -> Duration {
        let wall = js_sys::Date::now();
        let elapsed = self.elapsed.get() + (wall - self.seen.replace(wall)).max(0.0);
        self.elapsed.set(elapsed);
        Duration::from_secs_f64(elapsed / 1000.0)
    }
}

/// A listener that ends when it is dropped.
pub(super) struct Listener {
    target: EventTarget,
    event: &'static str,
    call: Closure<dyn FnMut()>,
}

impl Listener {
    pub(super) fn on_window(event: &'static str, call: impl FnMut() + 'static) -> Option<Self> {
        Some(Self::new(web_sys::window()?.into(), event, Closure::new(call)))
    }

    pub(super) fn on_document(event: &'static str, call: impl FnMut() + 'static) -> Option<Self> {
        Some(Self::new(document()?.into(), event, Closure::new(call)))
    }

    fn new(target: EventTarget, event: &'static str, call: Closure<dyn FnMut()>) -> Self {
        // No name of an event is refused.
        let _ = target.add_event_listener_with_callback(event, call.as_ref().unchecked_ref());
        Self { target, event, call }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let call = self.call.as_ref().unchecked_ref();
        let _ = self.target.remove_event_listener_with_callback(self.event, call);
    }
}

//! Claims of the store, over real files.

mod damaged;
mod leases;
mod lists;
mod marking;
mod model;
mod opening;
mod passwords;
mod people;
mod places;
mod postgres;
mod raising;
mod replaying;
mod secured;
mod seen;
mod sessions;
pub mod support;
mod together;
mod tokens;
mod unreadable;
mod upkeep;

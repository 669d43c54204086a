//! Runs that go on where the last one ended, and what else can be done with their store.

mod commands;
mod course;
mod deliver;
mod export;
mod follow;
mod migrate;
pub mod outbox;
mod past;
mod people;
mod reading;
mod rules;
mod run;
mod show;
mod sorted;

pub use commands::{Args, run};
pub use past::Told;
pub use people::count;
pub use run::{Asked, StateArgs, run as go_on};

use super::Failure;
use crate::store::StoreError;

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::World(error.to_string())
    }
}

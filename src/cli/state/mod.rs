//! Runs that go on where the last one ended, and what else can be done with their store.

mod course;
mod follow;
mod people;
mod reading;
mod rules;
mod run;
mod sorted;

pub use run::{Asked, StateArgs, run as go_on};

use super::Failure;
use crate::store::StoreError;

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::World(error.to_string())
    }
}

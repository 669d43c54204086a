//! What the world may do: a story in which it does more is no story.

use super::play::Played;
use crate::{
    diag::{Fact, Plot},
    model::{Keeper, Model},
    runtime::{SendOutcome, What},
};
use smol_str::SmolStr;

/// Why the world may not do what a plot lets it do; nothing where it may.
pub(super) fn forbids(model: &Model, plot: &Plot, played: &Played) -> Option<String> {
    given(model, plot).or_else(|| events(model, plot)).or_else(|| answers(model, plot, played)).or_else(|| rates(model, plot, played))
}

fn given(model: &Model, plot: &Plot) -> Option<String> {
    plot.given.iter().find_map(|(name, _)| {
        let attribute = model.attributes.values().find(|it| it.name.text == *name)?;
        (attribute.keeper != Keeper::Anyone && attribute.keeper != Keeper::Fixed).then(|| format!("`{name}` is set by funnels alone"))
    })
}

fn events(model: &Model, plot: &Plot) -> Option<String> {
    plot.happenings.iter().find_map(|happening| {
        let event = model.events.values().find(|it| it.name.text == happening.event)?;
        (event.keeper != Keeper::Anyone).then(|| format!("`{}` does not come from outside", happening.event))
    })
}

/// Message events answer what we sent.
fn answers(model: &Model, plot: &Plot, played: &Played) -> Option<String> {
    plot.happenings.iter().zip(&played.happenings).find_map(|(happening, at_ms)| {
        let event = model.events.values().find(|it| it.name.text == happening.event)?;
        let message: Option<&SmolStr> = happening.properties.iter().find_map(|(name, fact)| match fact {
            Fact::Text(text) | Fact::Choice(text) if name == "message" => Some(text),
            _ => None,
        });
        let was_sent = |message: &SmolStr| {
            played.outcomes.iter().any(|it| {
                it.time_ms <= *at_ms
                    && matches!(&it.what, What::Send { message: sent, outcome: SendOutcome::Sent, .. } if sent == message.as_str())
            })
        };
        let fits = !event.about_message || message.is_some_and(was_sent);
        (!fits).then(|| format!("`{}` answers nothing that was sent", happening.event))
    })
}

/// `at most 1 per day`.
fn rates(model: &Model, plot: &Plot, played: &Played) -> Option<String> {
    let came = plot.happenings.iter().zip(&played.happenings).map(|(happening, at_ms)| (happening.event.as_str(), *at_ms));
    too_often(model, &came.collect::<Vec<_>>())
}

/// Which of these events, each with its instant in milliseconds, comes more often than its rate allows.
pub(super) fn too_often(model: &Model, came: &[(&str, i64)]) -> Option<String> {
    model.events.values().find_map(|event| {
        let rate = event.rate?;
        let times: Vec<i64> = came.iter().filter(|(name, _)| *name == event.name.text).map(|(_, at_ms)| *at_ms).collect();
        let count = usize::try_from(rate.count).unwrap_or(usize::MAX);
        let too_often = times.iter().zip(times.iter().skip(count)).any(|(first, next)| next - first < rate.per_ms);
        too_often.then(|| format!("`{}` does not come so often", event.name.text))
    })
}

//! What somebody who was in a stage of one funnel can never do in another: decided by what both ask of the past.
//!
//! Two reasons are known. Nobody comes to the first stage without an event (now, or before), and nobody to the second for whom it
//! has happened. Or an attribute of ours becomes one value and stays so, which everybody has who comes to the first, and nobody
//! who comes to the second.
//! Both speak of the order in which things are done, so two doors that one event opens are told apart as the runtime tries them.

use super::{decide::Judge, since::Since};
use crate::model::{AttributeId, Condition, Keeper, Literal, StageId, Step};

impl<'m> Judge<'_, 'm> {
    /// Why nobody who was in a stage comes to one of another funnel any more.
    pub fn shut_out(&self, earlier: StageId, later: StageId) -> Option<String> {
        if self.funnel.is_some() {
            return None;
        }
        self.by_event(earlier, later).or_else(|| self.by_value(earlier, later))
    }

    fn by_event(&self, earlier: StageId, later: StageId) -> Option<String> {
        let funnel = self.funnel_of(earlier);
        let into = || self.routes.entering(funnel).iter().map(|hop| hop.when()).collect::<Vec<_>>();
        let stages = self.context.model.funnels[funnel].stages.iter();
        let here = stages.flat_map(|id| self.routes.from(*id)).chain(self.routes.entering(funnel));
        let here: Vec<Option<&'m Condition>> =
            here.filter(|hop| hop.to == Some(earlier) || hop.anew == Some(earlier)).map(|hop| hop.when()).collect();
        // Whoever is in a stage has come into the funnel, and by a door of the stage.
        [into(), here].into_iter().find_map(|ways| {
            self.gates(ways.iter().copied().flatten()).into_iter().find_map(|test| {
                let since = Since::new(self.context, self.setting, self.routes, test);
                let is_gate = ways.iter().all(|when| when.is_some_and(|when| since.is_needed(when)));
                (is_gate && !since.is_reached_after(later)).then(|| {
                    let event = self.context.quote(test.span);
                    format!("nobody is in {} without {event}, and nobody comes to {} after it", self.name(earlier), self.name(later))
                })
            })
        })
    }

    fn by_value(&self, earlier: StageId, later: StageId) -> Option<String> {
        let (model, facts) = (self.context.model, &self.context.facts);
        let values = |id: AttributeId, stage: StageId| {
            facts.on_arrival(stage).iter().map(|known| facts.attribute(known, id)).reduce(|a, b| a.or(&b))
        };
        let candidates = model.attributes.iter().filter(|(id, it)| it.keeper == Keeper::Ours && !it.optional && !self.can_opt_out(*id));
        candidates.into_iter().find_map(|(id, attribute)| {
            let last = self.last_value(id)?;
            let (default, last) = (facts.key(attribute.default.as_ref()?, &attribute.ty)?, facts.key(&last, &attribute.ty)?);
            let (had, has) = (values(id, earlier)?, values(id, later)?);
            let is_so = default != last && had.contains(&last) && !had.contains(&default) && !has.contains(&last);
            // What is known of both holds only where something is known.
            (is_so && !had.is_all() && !has.is_all()).then(|| {
                let name = &attribute.name.text;
                format!(
                    "`{name}` is set for good before anybody comes to {}, and nobody comes to {} then",
                    self.name(earlier),
                    self.name(later)
                )
            })
        })
    }

    /// Whether some event sets a flag to `no`.
    pub fn can_opt_out(&self, id: AttributeId) -> bool {
        let model = self.context.model;
        model.events.values().any(|event| event.opts_out.iter().any(|channel| model.channels[*channel].needs == Some(id)))
    }

    /// The only value that any step gives an attribute.
    fn last_value(&self, id: AttributeId) -> Option<Literal> {
        let (mut last, mut is_one): (Option<Literal>, bool) = (None, true);
        for nurture in self.context.model.stages.values().flat_map(|stage| &stage.nurtures) {
            Step::each(&nurture.steps, &mut |step| match step.kind.change() {
                Some((it, Some(literal))) if it == id && last.as_ref().is_none_or(|last| last == literal) => last = Some(literal.clone()),
                Some((it, _)) if it == id => is_one = false,
                Some(_) | None => {}
            });
        }
        last.filter(|_| is_one)
    }
}

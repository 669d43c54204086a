//! Guarantees on how many messages go out in how little time.
//!
//! Counted by channel, each channel's own caps with it, then together; several funnels are set against each other, or summed. Transactional messages
//! count only where they are named.

use super::{
    decide::{Judge, time},
    points::Deed,
    product::Product,
    spans::{NEVER, Spans},
    ties::{Part, TIED_MAX, Ties},
    verdict::{Doubt, Proof, Suspicion, Verdict},
    windows::Counting,
};
use crate::{
    check::{context::listed, plot::Visit},
    diag::{Claim, Plot, Stop},
    model::{Cap, ChannelId, FunnelId, Keeper, MessageId, MessageScope, Model, Reentry, StageId, Start},
};
use std::collections::BTreeSet;

/// More messages than this are not counted out.
const COUNT_MAX: u32 = 60;

/// So many times as long as is promised, states are looked at for the number that a proof says.
const FURTHER: i64 = 3;

/// The messages that a guarantee counts.
pub fn counted(model: &Model, what: &MessageScope) -> BTreeSet<MessageId> {
    let is_counted = |id: &MessageId| {
        let it = &model.messages[*id];
        match what {
            MessageScope::Messages { by } => !it.transactional && by.is_none_or(|by| it.channel == Some(by)),
            MessageScope::Message(one) => id == one,
        }
    };
    model.messages.ids().filter(is_counted).collect()
}

/// What can be sent, and why not more.
pub struct Counted {
    pub spans: Spans,
    /// What the funnels themselves leave possible, without caps.
    pub without_caps: Spans,
    /// What they would be if the funnels knew nothing of each other.
    pub without_ties: Spans,
    pub ties: Ties,
    /// Where they were looked at state by state.
    pub followed: Option<Followed>,
    /// By funnel, where there are several.
    pub alone: Vec<(FunnelId, Spans)>,
}

/// Funnels that were looked at state by state.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Followed {
    pub funnels: Vec<FunnelId>,
    /// So many states; nothing where there are more than are looked at.
    pub states: Option<usize>,
}

impl Judge<'_, '_> {
    /// How close together these messages can come, in one run of the funnel or over all.
    pub fn count(&self, messages: &BTreeSet<MessageId>, depth: usize) -> Result<Counted, Doubt> {
        self.count_in(self.funnel, messages, depth, None)
    }

    /// The same, of one funnel alone, or of all; looked at state by state where that is asked for, as far as a time.
    pub fn count_in(
        &self,
        funnel: Option<FunnelId>,
        messages: &BTreeSet<MessageId>,
        depth: usize,
        window_ms: Option<i64>,
    ) -> Result<Counted, Doubt> {
        let model = self.context.model;
        let funnels: Vec<FunnelId> = funnel.map_or_else(|| model.funnels.ids().collect(), |id| vec![id]);
        let mut channels: BTreeSet<(Option<ChannelId>, bool)> = BTreeSet::new();
        channels.extend(messages.iter().map(|id| (model.messages[*id].channel, model.messages[*id].transactional)));
        let ties = if funnels.len() > 1 { self.ties(messages) } else { Ties::default() };
        let untied = Ties::default();
        let (mut all, mut bare, mut loose) = (Spans::none(depth), Spans::none(depth), Spans::none(depth));
        let mut only = None;
        let mut followed: Option<Followed> = None;
        let senders = window_ms.and_then(|window| Some((self.senders_of(&funnels, messages)?, window)));
        let mut follow = |counts: &dyn Fn(MessageId) -> bool, spans: Spans| {
            let Some((senders, window)) = &senders else { return spans };
            let Some(product) = Product::new(self, senders, counts) else { return spans };
            let own = product.spans(depth, *window);
            let before = followed.take().map_or(Some(0), |it| it.states);
            let states = own.is_some().then(|| product.looked_at()).zip(before).map(|(own, before)| own + before);
            followed = Some(Followed { funnels: senders.clone(), states });
            own.map_or(spans.clone(), |own| own.and(&spans))
        };
        for (channel, transactional) in &channels {
            let counts = |id: MessageId| {
                messages.contains(&id) && model.messages[id].channel == *channel && model.messages[id].transactional == *transactional
            };
            let parts = self.parts(&funnels, &ties, &counts, depth)?;
            let caps: &[Cap] = channel.filter(|_| !transactional).map_or(&[], |id| &model.channels[id].caps);
            let capped = |own: Spans| caps.iter().fold(own, |own, cap| own.and(&Spans::capped(cap.count, cap.within_ms, depth)));
            let own = follow(&counts, ties.together(&parts, depth));
            bare = bare.beside(&own);
            all = all.beside(&capped(own.clone()));
            loose = loose.beside(&capped(untied.together(&parts, depth)));
            // Where all go by one channel, these are all there are.
            only = (channels.len() == 1).then_some((parts, own));
        }
        let (parts, together) = match only {
            Some(only) => only,
            None => {
                let counts = |id: MessageId| messages.contains(&id);
                let parts = self.parts(&funnels, &ties, &counts, depth)?;
                let together = follow(&counts, ties.together(&parts, depth));
                (parts, together)
            }
        };
        let apart = untied.together(&parts, depth);
        let alone = parts.into_iter().map(|part| (part.funnel, part.spans)).collect();
        let (spans, without_caps) = (all.and(&together), bare.and(&together));
        Ok(Counted { spans, without_caps, without_ties: loose.and(&apart), ties, followed, alone })
    }

    /// The funnels that send these, where they can be followed state by state: all that a contact gets is sent in one life, and
    /// there are not too many of them.
    fn senders_of(&self, funnels: &[FunnelId], messages: &BTreeSet<MessageId>) -> Option<Vec<FunnelId>> {
        let model = self.context.model;
        let is_life = self.funnel.is_none_or(|id| matches!(model.funnels[id].reentry, None | Some(Reentry::Never)));
        let sending: BTreeSet<FunnelId> =
            messages.iter().flat_map(|message| self.sends(*message)).map(|(stage, _)| self.funnel_of(stage)).collect();
        let sending: Vec<FunnelId> = sending.into_iter().filter(|id| funnels.contains(id)).collect();
        (is_life && !sending.is_empty() && sending.len() <= TIED_MAX).then_some(sending)
    }

    fn parts(&self, funnels: &[FunnelId], ties: &Ties, counts: &dyn Fn(MessageId) -> bool, depth: usize) -> Result<Vec<Part>, Doubt> {
        let part = |funnel: &FunnelId| Ok(self.part(*funnel, self.of_funnel(*funnel, counts, depth)?, ties, counts, depth));
        funnels.iter().map(part).collect()
    }

    fn of_funnel(&self, funnel: FunnelId, counts: &dyn Fn(MessageId) -> bool, depth: usize) -> Result<Spans, Doubt> {
        let counting = Counting::new(self.setting, self.grounds, self.funnel.is_none(), depth);
        let sends = |deed: Deed| matches!(deed, Deed::Sends(id) if counts(id));
        let spans = if self.funnel.is_none() { counting.of_life(funnel, &sends) } else { counting.spans(funnel, &sends).ok() };
        spans.ok_or_else(|| {
            Doubt::new("a nurture has more steps than are counted out", "split it, or give its channel a cap: `at most 3 within 7 days`")
        })
    }

    /// `at most N messages within D`.
    pub fn at_most(&self, count: u32, what: &MessageScope, within_ms: Option<i64>) -> Verdict {
        self.no_more_than(count, what, within_ms, false)
    }

    /// `at least D between messages`: no two within less.
    pub fn at_least_between(&self, gap_ms: i64, what: &MessageScope) -> Verdict {
        self.no_more_than(1, what, Some(gap_ms), true)
    }

    fn no_more_than(&self, count: u32, what: &MessageScope, within_ms: Option<i64>, asks_gap: bool) -> Verdict {
        let model = self.context.model;
        if count > COUNT_MAX {
            let doubt = Doubt::new(format!("more than {COUNT_MAX} messages are not counted out"), "promise fewer, or in less time");
            return Verdict::Open(doubt);
        }
        let messages = counted(model, what);
        let depth = usize::try_from(count).unwrap_or(usize::MAX).saturating_add(1);
        let found = match self.count(&messages, depth) {
            Ok(found) => found,
            Err(doubt) => return Verdict::Open(doubt),
        };
        let window = within_ms.unwrap_or(NEVER);
        let mut found = found;
        if found.spans.least(depth) < window {
            found = match self.count_in(self.funnel, &messages, depth, Some(window)) {
                Ok(found) => found,
                Err(doubt) => return Verdict::Open(doubt),
            };
            // How long it really takes is looked for a little further.
            if within_ms.is_some()
                && found.spans.least(depth) >= window
                && let Ok(further) = self.count_in(self.funnel, &messages, depth, Some(window.saturating_mul(FURTHER)))
                && further.spans.least(depth) >= found.spans.least(depth)
            {
                found = further;
            }
        }
        if found.spans.least(depth) >= window {
            return Verdict::Holds(self.kept(&found, what, depth, within_ms, asks_gap));
        }
        let noun = scope_words(model, what, depth);
        let says = match within_ms {
            Some(ms) => format!("{depth} {noun} can go to one contact in less than {}", time(ms)),
            None => format!("{depth} {noun} can go to one contact"),
        };
        let claim = self.claim();
        let plots = self.count_plots(&messages, window, &claim);
        let together = self.funnel.is_none() && found.alone.len() > 1 && found.alone.iter().all(|(_, own)| own.least(depth) >= window);
        let mut doubt = self.count_doubt(&found, &messages, depth, within_ms);
        if found.followed.as_ref().is_some_and(|it| it.states.is_none()) {
            doubt.what += "; state by state there are more ways to go than are looked at";
        }
        let search = self.search(&claim, &plots);
        Verdict::Fails(Suspicion { says, notes: Vec::new(), plots, search, together, doubt })
    }

    fn kept(&self, found: &Counted, what: &MessageScope, depth: usize, within_ms: Option<i64>, asks_gap: bool) -> Proof {
        let model = self.context.model;
        let window = within_ms.unwrap_or(NEVER);
        let most = found.spans.within(window);
        let next = most + 1;
        let least = found.spans.least(next.min(depth));
        let number = match most {
            0 => "none is ever sent".to_owned(),
            _ if asks_gap && least == NEVER => "there is never a second one".to_owned(),
            _ if asks_gap => format!("{} at least", time(least)),
            n => format!("never more than {n}"),
        };
        let mut notes = Vec::new();
        if within_ms.is_some() && least != NEVER && most > 0 {
            notes.push(format!("{next} {} need at least {}", scope_words(model, what, next), time(least)));
        } else if most > 0 {
            notes.push(format!("there is no way to send {next}"));
        }
        if found.without_caps.within(window) > most {
            let messages = counted(model, what);
            let channels: BTreeSet<ChannelId> = messages.iter().filter_map(|id| model.messages[*id].channel).collect();
            let caps: Vec<String> = channels
                .iter()
                .filter(|id| !model.channels[**id].caps.is_empty())
                .map(|id| format!("`{}`", model.channels[*id].name.text))
                .collect();
            notes.push(format!("by the cap of {}: without it there could be more", listed(&caps, "and")));
        }
        if found.without_ties.within(window) > most {
            notes.extend(found.ties.reasons().cloned());
            notes.extend(found.followed.as_ref().and_then(|it| self.followed_note(it)));
        }
        if let Some(count) = found.ties.beyond {
            notes.push(format!("the messages of {count} funnels are summed: no more than {TIED_MAX} are set against each other"));
        }
        notes.extend(self.consent_note(&counted(model, what)));
        Proof { number, notes, way: self.senders(&counted(model, what), depth, window), ..Proof::default() }
    }

    fn followed_note(&self, followed: &Followed) -> Option<String> {
        let states = followed.states?;
        let names: Vec<String> = followed.funnels.iter().map(|id| self.funnel_name(*id)).collect();
        let whose = if names.len() == 1 { "is".to_owned() } else { "are together".to_owned() };
        Some(format!("all {states} states were looked at in which {} {whose}", listed(&names, "and")))
    }

    /// The stages that send what is counted, and how many each sends in the time.
    fn senders(&self, messages: &BTreeSet<MessageId>, depth: usize, window: i64) -> Vec<Stop> {
        let counting = Counting::new(self.setting, self.grounds, self.funnel.is_none(), depth);
        let sends = |deed: Deed| matches!(deed, Deed::Sends(id) if messages.contains(&id));
        let is_meant = |id: &StageId| self.funnel.is_none_or(|funnel| self.funnel_of(*id) == funnel);
        let all = self.context.model.stages.ids().filter(is_meant);
        let most = all.map(|id| (id, counting.most_in(id, &sends, window)));
        most.filter(|(_, most)| *most > 0).map(|(id, most)| self.stop(id, format!("up to {most} here in the time"))).collect()
    }

    fn count_doubt(&self, found: &Counted, messages: &BTreeSet<MessageId>, depth: usize, within_ms: Option<i64>) -> Doubt {
        let model = self.context.model;
        let least = found.spans.least(depth);
        let what = match within_ms {
            Some(_) if least == 0 => format!("as far as can be told {depth} may go out at one time"),
            Some(_) => format!("as far as can be told {depth} may go out within {}", time(least)),
            None => format!("as far as can be told there may be {depth}"),
        };
        // An event that starts a nurture again and again needs a rate.
        let mut rateless = None;
        let mut is_held = false;
        for id in model.stages.ids().filter(|id| self.routes.is_reached(*id)) {
            for nurture in &model.stages[id].nurtures {
                let mut sends = false;
                crate::model::Step::each(&nurture.steps, &mut |step| {
                    if let crate::model::StepKind::Send { message: Some(sent), .. } = &step.kind {
                        sends |= messages.contains(sent);
                        let channel = model.messages[*sent].channel;
                        is_held |= messages.contains(sent) && channel.is_some_and(|id| !model.channels[id].quiet.is_empty());
                    }
                });
                if let (Start::EachTime(when), true) = (&nurture.start, sends) {
                    when.each_atom(true, &mut |atom, _| {
                        if let Some(event) = atom
                            .event_test()
                            .and_then(|test| test.event)
                            .filter(|id| model.events[*id].rate.is_none() && model.events[*id].keeper == Keeper::Anyone)
                        {
                            rateless.get_or_insert(model.events[event].name.text.clone());
                        }
                    });
                }
            }
        }
        let cap = match within_ms {
            Some(ms) => format!("a cap of the channel decides it: `at most {} within {}`", depth - 1, time(ms)),
            None => "`visits at most` in the stages one comes back to decides it".to_owned(),
        };
        let mend = match within_ms {
            Some(ms) if depth == 2 => format!("wait longer between them, or give the channel a cap: `at most 1 within {}`", time(ms)),
            Some(ms) => format!("send fewer, or give the channel a cap: `at most {} within {}`", depth - 1, time(ms)),
            None => "send fewer, or say in the stages one comes back to how often: `visits at most 3`".to_owned(),
        };
        match (rateless, is_held && !self.setting.zone_is_fixed) {
            (Some(event), _) => Doubt::new(what, format!("say how often `{event}` comes: `event {event} … at most 1 per day`; or {cap}")),
            (None, true) => {
                Doubt::new(what, format!("say that people keep their zone: `timezone : text? fixed`; or {cap}")).mended_by(mend)
            }
            (None, false) => Doubt::new(what, cap).mended_by(mend),
        }
    }

    /// Ways to come to each step that sends, and what goes out from there.
    fn count_plots(&self, messages: &BTreeSet<MessageId>, window: i64, claim: &Claim) -> Vec<Plot> {
        let mut plots = Vec::new();
        let horizon_ms = window.saturating_add(60_000).min(400 * 86_400_000);
        for message in messages {
            for (stage, step) in self.sends(*message) {
                if self.funnel.is_some_and(|funnel| funnel != self.funnel_of(stage)) || plots.len() > 24 {
                    continue;
                }
                let way = self.context.path_to(stage);
                let written = self.context.plots_with(&way, &[Visit::to(stage, step)], [claim.clone()]);
                plots.extend(written.into_iter().take(2).map(|plot| Plot { horizon_ms, ..plot }));
            }
        }
        plots
    }
}

/// `messages`, `messages by email`, or the one message.
pub fn scope_words(model: &Model, what: &MessageScope, count: usize) -> String {
    match what {
        MessageScope::Messages { by: None } if count == 1 => "message".to_owned(),
        MessageScope::Messages { by: None } => "messages".to_owned(),
        MessageScope::Messages { by: Some(channel) } => {
            format!("message{} by {}", if count == 1 { "" } else { "s" }, model.channels[*channel].name.text)
        }
        MessageScope::Message(one) => format!("`{}`", model.messages[*one].name.text),
    }
}

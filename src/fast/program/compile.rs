//! From a rule set to its tables: names first, then conditions, funnels and steps.

use super::{
    super::{steady::Steady, value::Kept},
    Aggregate, AttributeOf, Closing, EventOf, Id, LineOf, Program, Term, Test,
};
use crate::{
    ruleset::{Event, Literal, RuleSet, ScoreRule, Type, WallTime},
    runtime::{zone, zone::Zone},
};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Why a rule set does not become a program of tables: the reference engine runs it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Its zone is none that this program knows.
    #[error("the timezone `{0}` is not known")]
    Zone(String),
    /// A step names what nobody declared.
    #[error("nobody declared `{0}`")]
    Unknown(String),
    /// A name stands twice.
    #[error("`{0}` is declared twice")]
    Twice(String),
    /// What is asked for beside results.
    #[error("coverage, forced arms and shut doors are for the reference")]
    Options,
    /// A table would be larger than its numbers.
    #[error("there are too many {0}")]
    TooMany(&'static str),
}

/// A program while it is made.
pub(super) struct Compiler<'r> {
    pub program: Program<'r>,
    pub segment_ids: FxHashMap<&'r str, Id>,
    pub score_ids: FxHashMap<&'r str, Id>,
    pub entry_ids: FxHashMap<&'r str, Id>,
    pub play_ids: FxHashMap<&'r str, Id>,
    /// What the clock triggers say, by number.
    pub said_clocks: Vec<crate::ruleset::Condition>,
    pub unfit: Option<Unfit>,
}

/// Compiles a rule set.
///
/// # Errors
/// [`Unfit`] for what the tables do not hold.
pub fn compile(rules: &RuleSet) -> Result<Program<'_>, Unfit> {
    compiled(rules, false)
}

/// Compiles a rule set for contacts that are written down: everything is read of records and kept of contacts that the reference
/// keeps but their past, and no timer is left out.
///
/// # Errors
/// [`Unfit`] for what the tables do not hold.
pub fn compile_whole(rules: &RuleSet) -> Result<Program<'_>, Unfit> {
    compiled(rules, true)
}

fn compiled(rules: &RuleSet, is_whole: bool) -> Result<Program<'_>, Unfit> {
    let zone = Zone::named(&rules.timezone).ok_or_else(|| Unfit::Zone(rules.timezone.clone()))?;
    let mut compiler = Compiler::new(rules, zone)?;
    if is_whole {
        compiler.whole();
    }
    compiler.attributes();
    for (at, segment) in rules.segments.iter().enumerate() {
        let condition = compiler.condition(&segment.when, None);
        compiler.program.segments[at] = condition;
    }
    compiler.lines();
    for (at, funnel) in rules.funnels.iter().enumerate() {
        let funnel = compiler.funnel(at, funnel);
        compiler.program.funnels.push(funnel);
    }
    compiler.events();
    compiler.finish()
}

/// The property of answers that names the request.
const REQUEST: &str = "request";

/// Whether an event answers a message.
fn is_answer(event: &str) -> bool {
    matches!(event, "delivered" | "opened" | "clicked" | "replied" | "bounced" | "complained")
}

/// The numbers of names, which stand once each.
fn numbered<'r>(names: impl Iterator<Item = &'r str>) -> Result<FxHashMap<&'r str, Id>, Unfit> {
    let mut ids = FxHashMap::default();
    for (name, id) in names.zip(0..) {
        if ids.insert(name, id).is_some() {
            return Err(Unfit::Twice(name.to_owned()));
        }
    }
    Ok(ids)
}

impl<'r> Compiler<'r> {
    fn new(rules: &'r RuleSet, zone: Zone) -> Result<Self, Unfit> {
        let mut attributes: Vec<AttributeOf<'r>> =
            rules.attributes.iter().map(|it| AttributeOf { name: it.name.as_str(), declared: Some(it) }).collect();
        if rules.attributes.iter().all(|it| it.name != "timezone") {
            attributes.push(AttributeOf { name: "timezone", declared: None });
        }
        let event = |declared: &'r Event| EventOf {
            name: declared.name.as_str(),
            declared: Some(declared),
            slot_of: vec![None; declared.properties.len()],
            ..EventOf::default()
        };
        let mut events: Vec<EventOf<'r>> = rules.events.iter().map(event).collect();
        if rules.events.iter().all(|it| it.name != "identify") {
            events.push(EventOf { name: "identify", ..EventOf::default() });
        }
        let channel_ids = numbered(rules.channels.iter().map(|it| it.name.as_str()))?;
        let attribute_ids = numbered(attributes.iter().map(|it| it.name))?;
        let event_ids = numbered(events.iter().map(|it| it.name))?;
        let known = |ids: &FxHashMap<&str, Id>, name: &str| ids.get(name).copied();
        let program = Program {
            rules,
            steady: Steady::of(&zone),
            zone: Arc::new(zone),
            first_zone: None,
            timezone: known(&attribute_ids, "timezone").unwrap_or_default(),
            identify: known(&event_ids, "identify").unwrap_or_default(),
            sent: known(&event_ids, "sent"),
            attributes,
            attribute_ids,
            defaults: Arc::from([]),
            events,
            event_ids,
            messages: rules.messages.iter().map(|it| (it, known(&channel_ids, &it.channel))).collect(),
            message_ids: numbered(rules.messages.iter().map(|it| it.name.as_str()))?,
            channels: rules.channels.iter().collect(),
            segments: vec![0; rules.segments.len()],
            lines: Vec::new(),
            conditions: Vec::new(),
            cell_tests: Vec::new(),
            roots: Vec::new(),
            tests: Vec::new(),
            terms: Vec::new(),
            constants: Vec::new(),
            aggregates: Vec::new(),
            clocks: Vec::new(),
            instants: Vec::new(),
            blocks: vec![Vec::new()],
            steps: Vec::new(),
            entries: Vec::new(),
            plays: Vec::new(),
            funnels: Vec::new(),
            tracks: 0,
            is_whole: false,
            is_keyed: rules.funnels.iter().any(|funnel| funnel.key.is_some()),
            may_overflow: false,
            may_set_aside: true,
            keeps_rest: false,
            has_timers: false,
            is_calm: false,
            property: None,
            told: Vec::new(),
        };
        Ok(Self {
            program,
            segment_ids: numbered(rules.segments.iter().map(|it| it.name.as_str()))?,
            score_ids: numbered(rules.scores.iter().map(|it| it.name.as_str()))?,
            entry_ids: FxHashMap::default(),
            play_ids: FxHashMap::default(),
            said_clocks: Vec::new(),
            unfit: None,
        })
    }

    /// Every property of every event is read, and may be asked for as `entry.x`.
    fn whole(&mut self) {
        self.program.is_whole = true;
        for at in 0..self.program.events.len() {
            let event = &self.program.events[at];
            let declared = event.declared.map_or(&[][..], |event| &event.properties);
            let names = declared.iter().map(|property| property.name.as_str()).chain(is_answer(event.name).then_some(REQUEST));
            for name in names.collect::<Vec<&'r str>>() {
                self.slot(at as Id, name);
                self.entry(name);
            }
        }
        let sent = self.program.sent.map(|sent| &self.program.events[sent as usize].slots);
        let is_told = sent.is_some_and(|slots| ["message", REQUEST].iter().all(|name| slots.contains(name)));
        if !is_told && !self.program.messages.is_empty() {
            self.unfit.get_or_insert(Unfit::Unknown("sent".to_owned()));
        }
    }

    /// The defaults of attributes. Each is reckoned by the zone that is known by then, in the order of names.
    fn attributes(&mut self) {
        let mut by_name: Vec<usize> = (0..self.program.attributes.len()).collect();
        by_name.sort_by_key(|at| self.program.attributes[*at].name);
        let mut defaults = vec![None; by_name.len()];
        let mut zone = Arc::clone(&self.program.zone);
        for at in by_name {
            let Some(declared) = self.program.attributes[at].declared else { continue };
            let default = declared.default.as_ref().and_then(|literal| constant(literal, &zone));
            let empty = || (declared.ty == Type::List).then(|| Kept::List(Arc::from([])));
            let value = default.or_else(empty);
            if declared.name == "timezone" && value.is_some() {
                let named = value.as_ref().and_then(|value| Zone::named(value.seen().as_text()?));
                zone = named.map_or_else(|| Arc::clone(&self.program.zone), Arc::new);
                self.program.first_zone = Some(Arc::clone(&zone));
            }
            defaults[at] = value;
        }
        self.program.defaults = defaults.into();
    }

    fn lines(&mut self) {
        for (score, id) in self.program.rules.scores.iter().zip(0..) {
            for line in &score.lines {
                let (test, period_ms) = match &line.rule {
                    ScoreRule::Event(event) => (event, None),
                    ScoreRule::EveryWithout { period_ms, event } => (event, Some((*period_ms).max(1))),
                };
                if let Some(test) = self.test(test) {
                    self.program.lines.push(LineOf { score: id, line, test, period_ms });
                } else {
                    self.unfit.get_or_insert(Unfit::Twice(score.name.clone()));
                }
            }
        }
    }

    /// What of events is read once everything is compiled.
    fn events(&mut self) {
        let keys: Vec<Option<&'r str>> = self.program.rules.funnels.iter().map(|funnel| funnel.key.as_deref()).collect();
        for at in 0..self.program.events.len() {
            let event = &self.program.events[at];
            let name = event.name;
            let is_answer = is_answer(name);
            let closes = match name {
                "complained" => Some(Closing::Always),
                "bounced" => Some(Closing::Hard),
                _ => None,
            };
            let owned = is_answer && (self.program.is_keyed || self.program.is_whole);
            let id = at as Id;
            let message = (owned || closes.is_some()).then(|| self.slot(id, "message")).flatten();
            let request = owned.then(|| self.slot(id, REQUEST)).flatten();
            let hard = (closes == Some(Closing::Hard)).then(|| self.slot(id, "hard")).flatten();
            let keys = keys.iter().map(|key| self.slot(id, (*key)?)).collect();
            let names: Vec<(&'r str, Id)> = self.program.entries.iter().copied().zip(0..).collect();
            let entries = names.into_iter().filter_map(|(name, entry)| Some((self.slot(id, name)?, entry))).collect();
            let flags = self.program.events[at].declared.map_or(&[][..], |event| &event.opts_out);
            let opts_out = flags.iter().filter_map(|flag| self.program.attribute_ids.get(flag.as_str()).copied()).collect();
            let event = &mut self.program.events[at];
            *event = EventOf { keys, entries, opts_out, is_answer, closes, message, request, hard, ..std::mem::take(event) };
        }
    }

    fn finish(mut self) -> Result<Program<'r>, Unfit> {
        if let Some(unfit) = self.unfit {
            return Err(unfit);
        }
        let program = &mut self.program;
        let nurtures = || program.funnels.iter().flat_map(|funnel| &funnel.stages).any(|stage| !stage.nurtures.is_empty());
        let clauses = || program.funnels.iter().flat_map(|funnel| &funnel.stages).flat_map(|stage| &stage.standing);
        let delays = || clauses().any(|standing| standing.delay.is_some());
        let visits = || program.funnels.iter().any(|funnel| funnel.counts_visits);
        // Attributes are kept of those of whom something is known; all others have the defaults.
        program.keeps_rest = program.is_whole
            || !program.lines.is_empty()
            || program.tracks > 0
            || !program.entries.is_empty()
            || !program.clocks.is_empty()
            || program.is_keyed
            || nurtures()
            || delays()
            || visits();
        program.has_timers = program.keeps_rest || program.rules.funnels.iter().any(|funnel| waits(&funnel.reentry));
        let dates = program.conditions.iter().any(|node| matches!(node, super::Condition::Before(_) | super::Condition::From(_)));
        program.has_timers |= dates;
        super::hearing::listen(program);
        program.cell_tests = super::cells::cell_tests(program);
        program.may_set_aside = program.may_overflow || super::cascade::may_cascade(program);
        Ok(self.program)
    }

    /// The slot of a property of an event, made where it has none yet; nothing for a property that the event cannot have.
    pub(super) fn slot(&mut self, event: Id, name: &str) -> Option<u8> {
        let slot = self.program.events[event as usize].slot(name);
        slot.unwrap_or_else(|unfit| {
            self.unfit.get_or_insert(unfit);
            None
        })
    }

    /// A test on an event; nothing for one that nobody declared.
    pub(super) fn test(&mut self, test: &'r crate::ruleset::EventTest) -> Option<Id> {
        self.test_of(&test.name, test.filter.as_deref())
    }

    /// A test on an event of that name.
    pub(super) fn test_of(&mut self, name: &str, filter: Option<&'r crate::ruleset::Condition>) -> Option<Id> {
        let event = *self.program.event_ids.get(name)?;
        let filter = filter.map(|filter| self.condition(filter, Some(event)));
        Some(push(&mut self.program.tests, Test { event, filter, bit: None }))
    }

    /// A test on past events, which are kept from now on.
    pub(super) fn past(&mut self, test: &'r crate::ruleset::EventTest) -> Option<Id> {
        let test = self.test(test)?;
        let event = self.program.tests[test as usize].event;
        self.keep(event);
        Some(test)
    }

    /// Has the past of an event kept.
    pub(super) fn keep(&mut self, event: Id) {
        let event = &mut self.program.events[event as usize];
        if event.track.is_none() {
            event.track = Some(self.program.tracks as Id);
            self.program.tracks += 1;
        }
    }

    /// A figure over past events.
    pub(super) fn aggregate(&mut self, aggregate: &'r crate::ruleset::Aggregate) -> Option<Id> {
        let test = self.test_of(&aggregate.event, aggregate.filter.as_ref())?;
        let event = self.program.tests[test as usize].event;
        self.keep(event);
        let slot = self.slot(event, &aggregate.property)?;
        let it = Aggregate { figure: aggregate.figure, test, slot, window: aggregate.window };
        Some(push(&mut self.program.aggregates, it))
    }

    /// A constant as a term.
    pub(super) fn literal(&mut self, literal: &'r Literal) -> Term {
        if let Literal::Time(wall) = literal
            && !wall.utc
        {
            return Term::Wall(*wall);
        }
        match constant(literal, &self.program.zone) {
            Some(value) => Term::Constant(push(&mut self.program.constants, value)),
            None => Term::Missing,
        }
    }
}

impl EventOf<'_> {
    /// The slot of a property, made where it has none yet; nothing for one that the event cannot have.
    ///
    /// # Errors
    /// [`Unfit`] where there are too many.
    pub(super) fn slot(&mut self, name: &str) -> Result<Option<u8>, Unfit> {
        if let Some(at) = self.slots.iter().position(|slot| *slot == name) {
            return Ok(u8::try_from(at).ok());
        }
        let Some(declared) = self.declared else { return Ok(None) };
        let at = declared.properties.iter().position(|property| property.name == name);
        let is_request = name == REQUEST && is_answer(self.name);
        let name = match at {
            Some(at) => declared.properties[at].name.as_str(),
            None if is_request => REQUEST,
            None => return Ok(None),
        };
        let slot = u8::try_from(self.slots.len()).map_err(|_| Unfit::TooMany("properties of one event"))?;
        self.slots.push(name);
        if let Some(place) = at.and_then(|at| self.slot_of.get_mut(at)) {
            *place = Some(slot);
        }
        Ok(Some(slot))
    }
}

fn waits(reentry: &crate::ruleset::Reentry) -> bool {
    use crate::ruleset::Reentry;
    match reentry {
        Reentry::AfterLeavingMs(_) | Reentry::AfterStartingMs(_) => true,
        Reentry::Never | Reentry::AfterLeaving | Reentry::RestartFrom(_) => false,
    }
}

/// Adds to a table; the number there.
pub(super) fn push<T>(table: &mut Vec<T>, it: T) -> Id {
    table.push(it);
    (table.len() - 1) as Id
}

/// The instant of a time of the wall.
pub fn wall_ms(wall: WallTime, zone: &Zone) -> Option<i64> {
    if wall.utc {
        zone::first_instant(wall.date.civil().to_datetime(wall.at.civil()), &jiff::tz::TimeZone::UTC)
    } else {
        zone.at(wall.date.civil(), wall.at)
    }
}

/// The value of a literal in a zone.
fn constant(literal: &Literal, zone: &Zone) -> Option<Kept> {
    Some(match literal {
        Literal::Text(text) => Kept::Text(text.into()),
        Literal::Number(number) => Kept::Number(*number),
        Literal::Flag(flag) => Kept::Flag(*flag),
        Literal::Date(date) => Kept::Date(*date),
        Literal::Time(wall) => Kept::Time(wall_ms(*wall, zone)?),
        Literal::Choice(word) => Kept::Choice(word.into()),
        Literal::List(items) => Kept::List(items.iter().filter_map(|item| Some(constant(item, zone)?.seen().as_text()?.into())).collect()),
    })
}

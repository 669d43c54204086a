//! The conditions of a model as formulas, read once, and what can be said of their variables.

use super::known::Known;
use crate::{
    logic::{Events, Filter, Formula, Key, Operand, Solver, ValueSet, Var, VarKind},
    model::{
        AttributeId, Condition, ConditionKind, Delay, Door, EventId, EventTest, FunnelId, Keeper, Leave, Literal, MessageId, Model, Start,
        Step, StepKind, Term, TermKind, Type, Wait,
    },
};
use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;
use std::{borrow::Cow, collections::BTreeSet, rc::Rc};

/// The place of something in the model, which does not move.
type Place = usize;

fn place<T>(it: &T) -> Place {
    std::ptr::from_ref(it).addr()
}

/// A trigger: an event that happens, as a funnel sees it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trigger {
    pub event: EventId,
    pub filter: Filter,
    pub funnel: FunnelId,
}

/// A variable that some condition asks for.
#[derive(Clone, Debug)]
struct Asked {
    kind: VarKind,
    /// All that its declaration allows.
    domain: ValueSet,
    /// Whether what is known of it says nothing of any other instant.
    is_shifting: bool,
    /// Those that are worked out from it.
    dependents: Vec<Var>,
    /// The event on whose history it is.
    event: Option<EventId>,
    /// Of one on the history of an event: the time since the latest such event, and since the latest whatever the `where`.
    since: Option<Var>,
    wider: Option<Var>,
}

/// A condition that was read.
struct Read {
    holds: Formula,
    fails: Formula,
    triggers: Vec<Trigger>,
    /// Whether it is about a state, see [`Words::is_state`].
    is_state: bool,
}

/// Formulas and variables of a model.
pub(super) struct Words<'m> {
    pub model: &'m Model,
    pub solver: Solver<'m>,
    /// By variable.
    vars: Vec<Option<Asked>>,
    by_kind: FxHashMap<VarKind, Var>,
    read: FxHashMap<Place, Read>,
    /// The triggers of conditions inside others, each of one.
    atoms: FxHashMap<Place, Trigger>,
    tests: FxHashMap<Place, Var>,
    /// What each funnel asks for: facts on what others ask would help nobody there, and cost as much as there are others.
    asked_in: FxHashSet<(FunnelId, Var)>,
    /// The variables on the history of an event that a funnel asks for.
    histories: FxHashMap<(FunnelId, EventId), Vec<Var>>,
    /// The variables on properties that doors bring.
    pub entries: Vec<(SmolStr, Var)>,
    /// Where the conditions cut the values of a variable.
    cuts: FxHashMap<Var, Vec<Key>>,
    pub happening: Var,
    /// No event happens; and no clock strikes either.
    pub eventless: Rc<ValueSet>,
    pub quiet: Rc<ValueSet>,
    pub today: Option<Var>,
    attributes: Vec<Option<Var>>,
    closable: BTreeSet<AttributeId>,
}

impl<'m> Words<'m> {
    pub fn new(model: &'m Model) -> Self {
        let solver = Solver::new(model);
        let happening = solver.happening();
        let mut words = Self {
            model,
            solver,
            vars: Vec::new(),
            by_kind: FxHashMap::default(),
            read: FxHashMap::default(),
            atoms: FxHashMap::default(),
            tests: FxHashMap::default(),
            asked_in: FxHashSet::default(),
            histories: FxHashMap::default(),
            entries: Vec::new(),
            cuts: FxHashMap::default(),
            happening,
            eventless: Rc::new(ValueSet::below(Key::Int(1))),
            quiet: Rc::new(ValueSet::one(Key::Int(0))),
            today: None,
            attributes: vec![None; model.attributes.len()],
            closable: BTreeSet::new(),
        };
        words.take_in(happening);
        words.closable = model.events.ids().flat_map(|event| words.closed_by(event)).collect();
        words.read_model();
        words.finish();
        words
    }

    fn read_model(&mut self) {
        let model = self.model;
        for (id, funnel) in model.funnels.iter() {
            funnel.leaves.iter().for_each(|Leave { after, when, .. }| self.read_clause(id, after.as_ref(), when.as_ref()));
        }
        for stage in model.stages.values() {
            stage.doors.iter().for_each(|Door { after, when, .. }| self.read_clause(stage.funnel, after.as_ref(), when.as_ref()));
            stage.leaves.iter().for_each(|Leave { after, when, .. }| self.read_clause(stage.funnel, after.as_ref(), when.as_ref()));
            for nurture in &stage.nurtures {
                match &nurture.start {
                    Start::Entry => {}
                    Start::When(when) | Start::EachTime(when) => self.read(stage.funnel, when),
                }
                self.read_steps(stage.funnel, &nurture.steps);
            }
        }
    }

    fn read_clause(&mut self, funnel: FunnelId, after: Option<&'m Delay>, when: Option<&'m Condition>) {
        if let Some(test) = after.and_then(|delay| delay.without.as_ref())
            && let Some(var) = self.solver.since(test)
        {
            self.ask(funnel, var);
            self.tests.insert(place(test), var);
        }
        if let Some(when) = when {
            self.read(funnel, when);
        }
    }

    fn read_steps(&mut self, funnel: FunnelId, steps: &'m [Step]) {
        for step in steps {
            match &step.kind {
                StepKind::Wait(Wait::Until { when, .. }) => self.read(funnel, when),
                StepKind::Wait(Wait::Arms { arms, otherwise, .. }) => {
                    for arm in arms {
                        self.read(funnel, &arm.when);
                        self.read_steps(funnel, &arm.steps);
                    }
                    self.read_steps(funnel, otherwise);
                }
                StepKind::If { branches, otherwise, has_else: _ } => {
                    for branch in branches {
                        self.read(funnel, &branch.when);
                        self.read_steps(funnel, &branch.steps);
                    }
                    self.read_steps(funnel, otherwise);
                }
                StepKind::Split(split) => split.arms.iter().for_each(|arm| self.read_steps(funnel, &arm.steps)),
                StepKind::Repeat(repeat) => {
                    if let Some(until) = &repeat.until {
                        self.read(funnel, until);
                    }
                    self.read_steps(funnel, &repeat.steps);
                }
                StepKind::Send { message: Some(message), .. } => self.read_consent(funnel, *message),
                StepKind::Send { message: None, .. }
                | StepKind::Act { .. }
                | StepKind::Wait(_)
                | StepKind::Set { .. }
                | StepKind::Add { .. }
                | StepKind::Remove { .. }
                | StepKind::Record { .. }
                | StepKind::Stop => {}
            }
        }
    }

    /// A message asks for the flag that its channel needs. What the world may change at any time is known nowhere.
    fn read_consent(&mut self, funnel: FunnelId, message: MessageId) {
        let it = &self.model.messages[message];
        let needed = it.channel.filter(|_| !it.transactional).and_then(|channel| self.model.channels[channel].needs);
        if let Some(flag) = needed.filter(|flag| self.model.attributes[*flag].keeper == Keeper::Ours) {
            let var = self.solver.attribute(flag);
            self.ask(funnel, var);
        }
    }

    /// Takes in a variable; what has to do with others is found when all are there.
    fn take_in(&mut self, var: Var) -> VarKind {
        let kind = self.solver.kind(var);
        if self.vars.len() <= var.index() {
            self.vars.resize(var.index() + 1, None);
        }
        if let Some(place @ None) = self.vars.get_mut(var.index()) {
            self.by_kind.insert(kind.clone(), var);
            *place = Some(Asked {
                kind: kind.clone(),
                domain: self.solver.domain(var),
                is_shifting: false,
                dependents: Vec::new(),
                event: None,
                since: None,
                wider: None,
            });
        }
        kind
    }

    /// Takes in a variable that a condition asks for, and those that it is worked out from.
    fn ask(&mut self, funnel: FunnelId, var: Var) {
        if !self.asked_in.insert((funnel, var)) {
            return;
        }
        match self.take_in(var) {
            VarKind::OnClock(base) | VarKind::Text(base, ..) => self.ask(funnel, base),
            VarKind::Order(a, b) | VarKind::TextOf(a, _, b) => {
                self.ask(funnel, a);
                self.ask(funnel, b);
            }
            VarKind::Arithmetic { left, right, .. } => {
                for operand in [left, right] {
                    if let Operand::Var(base) = operand {
                        self.ask(funnel, base);
                    }
                }
            }
            VarKind::Attribute(_)
            | VarKind::Property(..)
            | VarKind::Entry(_)
            | VarKind::Latest(..)
            | VarKind::Score(_)
            | VarKind::Figure { .. }
            | VarKind::Today
            | VarKind::Count(..)
            | VarKind::Since(_)
            | VarKind::Happening
            | VarKind::Finished(_)
            | VarKind::Unknown(_) => {}
        }
    }

    /// Reads a condition, and each part of it that `and` joins.
    fn read(&mut self, funnel: FunnelId, it: &'m Condition) {
        let holds = self.take_in_formula(funnel, it, true);
        let fails = self.take_in_formula(funnel, it, false);
        let mut triggers = Vec::new();
        self.find_triggers(funnel, it, &mut triggers);
        let mut is_state = triggers.is_empty();
        holds.each(&mut |literal| {
            is_state &= !matches!(self.kind(literal.var), VarKind::Happening | VarKind::Finished(_) | VarKind::Unknown(_));
        });
        self.read.insert(place(it), Read { holds, fails, triggers, is_state });
        if let ConditionKind::And(members) = &it.kind {
            members.iter().for_each(|member| self.read(funnel, member));
        }
    }

    /// That a condition holds or not, its variables taken in.
    fn take_in_formula(&mut self, funnel: FunnelId, it: &'m Condition, holds: bool) -> Formula {
        let formula = self.solver.formula(it, holds);
        let mut asked = Vec::new();
        formula.each(&mut |literal| {
            asked.push(literal.var);
            let cuts = self.cuts.entry(literal.var).or_default();
            for (low, high) in literal.set.intervals() {
                cuts.extend(low.cloned().into_iter().chain(high.cloned()));
            }
        });
        asked.into_iter().for_each(|var| self.ask(funnel, var));
        formula
    }

    /// The events that a condition can see happen.
    fn find_triggers(&mut self, funnel: FunnelId, it: &'m Condition, found: &mut Vec<Trigger>) {
        it.each_atom(true, &mut |atom, _| {
            let ConditionKind::Event(test) = &atom.kind else { return };
            if let Some(VarKind::Since(of)) = self.solver.since(test).map(|var| self.solver.kind(var)) {
                let trigger = Trigger { event: of.event, filter: of.filter, funnel };
                self.atoms.insert(place(atom), trigger);
                found.push(trigger);
            }
        });
    }

    fn finish(&mut self) {
        for cuts in self.cuts.values_mut() {
            cuts.sort_unstable();
            cuts.dedup();
        }
        for place in 0..self.vars.len() {
            let Some(Some(kind)) = self.vars.get(place).map(|it| it.as_ref().map(|it| it.kind.clone())) else { continue };
            self.relate(Var::at(place), &kind);
        }
        for (funnel, var) in std::mem::take(&mut self.asked_in) {
            if let Some(event) = self.event_of(var) {
                self.histories.entry((funnel, event)).or_default().push(var);
            }
        }
        self.histories.values_mut().for_each(|vars| vars.sort_unstable());
    }

    /// What a variable has to do with others.
    fn relate(&mut self, var: Var, kind: &VarKind) {
        let bases: Vec<Var> = match kind {
            VarKind::Since(of) | VarKind::Count(of, _) => {
                let since = self.asked(&VarKind::Since(*of));
                let all = VarKind::Since(Events { filter: Filter::NONE, ..*of });
                let wider = if of.filter == Filter::NONE { None } else { self.asked(&all) };
                let is_shifting = !self.is_steady(of.filter);
                if let Some(asked) = self.asked_mut(var) {
                    (asked.event, asked.since, asked.wider, asked.is_shifting) = (Some(of.event), since, wider, is_shifting);
                }
                Vec::new()
            }
            VarKind::Figure { of, .. } => {
                let is_shifting = !self.is_steady(of.filter);
                if let Some(asked) = self.asked_mut(var) {
                    asked.is_shifting = is_shifting;
                }
                Vec::new()
            }
            VarKind::Unknown(_) => {
                if let Some(asked) = self.asked_mut(var) {
                    asked.is_shifting = true;
                }
                Vec::new()
            }
            VarKind::Entry(name) => {
                self.entries.push((name.clone(), var));
                Vec::new()
            }
            VarKind::Attribute(id) => {
                if let Some(place) = self.attributes.get_mut(id.index()) {
                    *place = Some(var);
                }
                Vec::new()
            }
            VarKind::Today => {
                self.today = Some(var);
                Vec::new()
            }
            VarKind::OnClock(base) | VarKind::Text(base, ..) => vec![*base],
            VarKind::Order(a, b) | VarKind::TextOf(a, _, b) => vec![*a, *b],
            VarKind::Arithmetic { left, right, .. } => {
                [left, right].into_iter().filter_map(|it| if let Operand::Var(base) = it { Some(*base) } else { None }).collect()
            }
            VarKind::Property(..) | VarKind::Latest(..) | VarKind::Score(_) | VarKind::Happening | VarKind::Finished(_) => Vec::new(),
        };
        for base in bases {
            if let Some(asked) = self.asked_mut(base) {
                asked.dependents.push(var);
            }
        }
    }

    fn asked_of(&self, var: Var) -> Option<&Asked> {
        self.vars.get(var.index())?.as_ref()
    }

    fn asked_mut(&mut self, var: Var) -> Option<&mut Asked> {
        self.vars.get_mut(var.index())?.as_mut()
    }

    /// The event on whose history a variable is.
    fn event_of(&self, var: Var) -> Option<EventId> {
        self.asked_of(var)?.event
    }

    /// Whether a filter looks at properties of the event alone, which never change.
    fn is_steady(&self, filter: Filter) -> bool {
        let mut steady = true;
        self.solver.filter(filter).each(&mut |literal| steady &= self.is_of_event(literal.var));
        steady
    }

    fn is_of_event(&self, var: Var) -> bool {
        match self.solver.kind(var) {
            VarKind::Property(..) => true,
            VarKind::Text(base, ..) => self.is_of_event(base),
            VarKind::Order(a, b) | VarKind::TextOf(a, _, b) => self.is_of_event(a) && self.is_of_event(b),
            VarKind::Attribute(_)
            | VarKind::Entry(_)
            | VarKind::Latest(..)
            | VarKind::Score(_)
            | VarKind::Figure { .. }
            | VarKind::Arithmetic { .. }
            | VarKind::OnClock(_)
            | VarKind::Today
            | VarKind::Count(..)
            | VarKind::Since(_)
            | VarKind::Happening
            | VarKind::Finished(_)
            | VarKind::Unknown(_) => false,
        }
    }

    /// That a condition holds, or does not.
    pub fn formula(&self, it: &Condition, holds: bool) -> &Formula {
        match self.read.get(&place(it)) {
            Some(read) if holds => &read.holds,
            Some(read) => &read.fails,
            None => &Formula::True,
        }
    }

    /// The events that a condition can see happen.
    pub fn triggers(&self, it: &Condition) -> &[Trigger] {
        match self.read.get(&place(it)) {
            Some(read) => &read.triggers,
            None => self.atoms.get(&place(it)).map_or(&[], std::slice::from_ref),
        }
    }

    /// Whether a condition holds or not whatever happens: no trigger stands in it, nor anything that is not understood.
    pub fn is_state(&self, it: &Condition) -> bool {
        match self.read.get(&place(it)) {
            Some(read) => read.is_state,
            None => !self.atoms.contains_key(&place(it)),
        }
    }

    /// The time since the latest event of a delay.
    pub fn without(&self, test: &EventTest) -> Option<Var> {
        self.tests.get(&place(test)).copied()
    }

    pub fn kind(&self, var: Var) -> &VarKind {
        self.asked_of(var).map_or(&VarKind::Unknown(0), |it| &it.kind)
    }

    pub fn asked(&self, kind: &VarKind) -> Option<Var> {
        self.by_kind.get(kind).copied()
    }

    /// All that the declaration of a variable allows.
    pub fn domain(&self, var: Var) -> &ValueSet {
        static ALL: ValueSet = ValueSet::ALL;
        self.asked_of(var).map_or(&ALL, |it| &it.domain)
    }

    pub fn cuts(&self, var: Var) -> Vec<Key> {
        self.cuts.get(&var).cloned().unwrap_or_default()
    }

    pub fn dependents(&self, var: Var) -> &[Var] {
        self.asked_of(var).map_or(&[], |it| &it.dependents)
    }

    /// The variables on the history of an event that its funnel asks for, or of which something is known; ascending.
    pub fn histories(&self, trigger: Trigger, known: &Known) -> Cow<'_, [Var]> {
        let asked = self.histories.get(&(trigger.funnel, trigger.event)).map_or(&[][..], Vec::as_slice);
        let known = known.facts().map(|(var, _)| var).filter(|var| self.event_of(*var) == Some(trigger.event));
        let others: Vec<Var> = known.filter(|var| asked.binary_search(var).is_err()).collect();
        if others.is_empty() {
            return Cow::Borrowed(asked);
        }
        let mut vars = [asked, &others].concat();
        vars.sort_unstable();
        Cow::Owned(vars)
    }

    /// Whether what is known of a variable says nothing of any other instant.
    pub fn is_shifting(&self, var: Var) -> bool {
        self.asked_of(var).is_some_and(|it| it.is_shifting)
    }

    /// The variable of an attribute, if a condition asks for it.
    pub fn attribute(&self, id: AttributeId) -> Option<Var> {
        self.attributes.get(id.index()).copied().flatten()
    }

    /// What is happening where this event is.
    pub fn key_of(&self, event: EventId) -> Key {
        self.solver.event_key(event)
    }

    /// Whether every event of the first filter is one of the second.
    pub fn implies(&self, narrow: Filter, wide: Filter) -> bool {
        if narrow == wide || wide == Filter::NONE {
            return true;
        }
        let parts = |filter: Filter| -> Vec<Formula> {
            match self.solver.filter(filter) {
                Formula::All(list) => list,
                formula => vec![formula],
            }
        };
        let own = parts(narrow);
        let its = parts(wide);
        !its.is_empty() && its.iter().all(|part| own.contains(part))
    }

    /// Of a variable on the history of events: the time since the latest of them.
    pub fn since_of(&self, var: Var) -> Option<Var> {
        self.asked_of(var)?.since
    }

    /// Of a variable on the history of events: the time since the latest event of that name, whatever the `where`.
    pub fn wider(&self, var: Var) -> Option<Var> {
        self.asked_of(var)?.wider
    }

    /// The value of a constant.
    pub fn constant(&self, term: &Term, ty: &Type) -> Option<Key> {
        let TermKind::Literal(literal) = &term.kind else { return None };
        self.literal(literal, ty)
    }

    /// The key of a literal of a type; `None` for what has no place in the order that is the same for everybody.
    pub fn literal(&self, literal: &Literal, ty: &Type) -> Option<Key> {
        Some(match literal {
            Literal::Text(text) => Key::Text(text.clone()),
            Literal::Number(number) => Key::Int(number.millionths()),
            Literal::Flag(flag) => Key::Int(i64::from(*flag)),
            Literal::Date(date) if *ty == Type::Date => Key::Int(date.days()),
            Literal::Choice(word) => match ty {
                Type::OneOf(words) => Key::Int(i64::try_from(words.iter().position(|it| it == word)?).ok()?),
                Type::Text => Key::Text(word.clone()),
                _ => return None,
            },
            Literal::Date(_) | Literal::Time(_) | Literal::Duration(_) | Literal::List(_) => return None,
        })
    }

    /// The variable of a term, if it is one.
    pub fn var_of(&self, term: &Term) -> Option<Var> {
        match &term.kind {
            TermKind::Attribute(id) => self.attribute(*id),
            TermKind::Entry(name) => self.asked(&VarKind::Entry(name.clone())),
            TermKind::Latest { event, property } => self.asked(&VarKind::Latest(*event, *property)),
            TermKind::Score(id) => self.asked(&VarKind::Score(*id)),
            TermKind::Literal(_)
            | TermKind::Property { .. }
            | TermKind::Aggregate(_)
            | TermKind::Arithmetic { .. }
            | TermKind::Negate(_)
            | TermKind::Message(_)
            | TermKind::Missing
            | TermKind::Parameter(_)
            | TermKind::Broken => None,
        }
    }

    /// The flags that an event sets to `no`.
    pub fn closed_by(&self, event: EventId) -> BTreeSet<AttributeId> {
        self.model.events[event].opts_out.iter().filter_map(|channel| self.model.channels[*channel].needs).collect()
    }

    /// Whether some event sets an attribute to `no`.
    pub fn is_closable(&self, id: AttributeId) -> bool {
        self.closable.contains(&id)
    }
}

//! The solver: reads, gathers laws, makes cells, searches.

use super::{
    Answer, Filter, Moment, Part, Question, Var, VarKind,
    core::core_of,
    formula::{Formula, LAW},
    grid::{Grid, Node},
    laws::{Gatherer, Laws},
    plain::Plain,
    read::{Reader, happening_key},
    sat,
    search::Search,
    set::{Key, ValueSet},
    value::values_of,
    var::Table,
    witness::witness_of,
};
use crate::{
    model::{AttributeId, Condition, EventId, EventTest, Model, Term, Type},
    source::Span,
};
use rustc_hash::FxHashMap;
use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

/// The usual number of steps before the SAT solver is asked.
const STEPS_MAX: u32 = 2_000;

/// Decides conditions of one model. Variables are those of this solver alone.
#[derive(Debug)]
pub struct Solver<'m> {
    pub(super) model: &'m Model,
    pub(super) table: RefCell<Table>,
    implied: RefCell<FxHashMap<(Filter, Filter), bool>>,
    /// What was asked before and needed cells, with how many clocks there were then: checks ask the same again and again.
    asked: RefCell<FxHashMap<Asked, bool>>,
    /// The conditions of the model that were read, by place; they stay where they are as long as the model lives.
    known: RefCell<FxHashMap<(Place, bool), Rc<Formula>>>,
    /// Whether each of them can be true or false by itself.
    single: RefCell<FxHashMap<Single, bool>>,
    /// Which events set a flag to `no`.
    closing: BTreeMap<AttributeId, Vec<EventId>>,
    /// So many steps of the tableau before the SAT solver is asked.
    steps_max: u32,
}

/// The place of a condition of the model.
type Place = usize;

/// One condition, whether it holds, when, and how many clocks there were.
type Single = (Place, bool, Option<Moment>, usize);

/// A question as it was read, and the number of clock triggers, on which hangs what may be happening.
type Asked = (Vec<Formula>, Vec<(Var, ValueSet)>, usize);

/// A question made ready for search.
pub(super) struct Prepared {
    pub formulas: Vec<Formula>,
    pub facts: Vec<(Var, ValueSet)>,
    pub laws: Laws,
    pub grid: Grid,
    steps_max: u32,
}

impl<'m> Solver<'m> {
    /// A solver for the conditions of a model.
    #[must_use]
    pub fn new(model: &'m Model) -> Self {
        Self::with_budget(model, STEPS_MAX)
    }

    /// A solver that asks the SAT solver after so many steps of its own. The answers are the same.
    #[must_use]
    pub fn with_budget(model: &'m Model, steps_max: u32) -> Self {
        let mut closing: BTreeMap<AttributeId, Vec<EventId>> = BTreeMap::new();
        for (id, event) in model.events.iter() {
            for flag in event.opts_out.iter().filter_map(|channel| model.channels[*channel].needs) {
                let events = closing.entry(flag).or_default();
                if events.last() != Some(&id) {
                    events.push(id);
                }
            }
        }
        Self {
            model,
            table: RefCell::new(Table::new()),
            implied: RefCell::default(),
            asked: RefCell::default(),
            known: RefCell::default(),
            single: RefCell::default(),
            closing,
            steps_max,
        }
    }

    /// The events that set a flag to `no`.
    pub(super) fn closing(&self, flag: AttributeId) -> &[EventId] {
        self.closing.get(&flag).map_or(&[], Vec::as_slice)
    }

    pub(super) fn steps_max(&self) -> u32 {
        self.steps_max
    }

    /// The model whose conditions it decides.
    #[must_use]
    pub fn model(&self) -> &'m Model {
        self.model
    }

    /// Whether all of it can be at once: why not, or for whom.
    #[must_use]
    pub fn decide(&self, question: &Question<'_>) -> Answer {
        let prepared = self.prepare(question);
        match prepared.search(&|_, _| false, &|_| false) {
            Some(state) => Answer::Possible(witness_of(self, &prepared, &state)),
            None => Answer::Impossible(core_of(&prepared)),
        }
    }

    /// Whether all of it can be at once.
    #[must_use]
    pub fn can_be(&self, question: &Question<'_>) -> bool {
        let (formulas, facts) = self.read(question);
        Plain::of(self, &facts).decide(formulas.iter()).unwrap_or_else(|| self.searched(formulas, facts))
    }

    /// The same of conditions of the model: each is read once, and asked once by itself.
    #[must_use]
    pub fn can_be_in_model(&self, question: &Question<'m>) -> bool {
        let alone = match question.parts.as_slice() {
            [Part::Condition(it, holds)] if question.facts.is_empty() => Some((std::ptr::from_ref(*it).addr(), *holds, question.moment)),
            _ => None,
        };
        let single = || alone.map(|(place, holds, moment)| (place, holds, moment, self.table.borrow().clocks.len()));
        if let Some(answer) = single().and_then(|key| self.single.borrow().get(&key).copied()) {
            return answer;
        }
        let formulas: Vec<Rc<Formula>> = question.parts.iter().map(|part| self.known(part)).collect();
        let facts = self.facts(question);
        let plain = Plain::of(self, &facts).decide(formulas.iter().map(|it| &**it));
        let answer = plain.unwrap_or_else(|| self.searched(formulas.iter().map(|it| Formula::clone(it)).collect(), facts));
        if let Some(key) = single() {
            self.single.borrow_mut().insert(key, answer);
        }
        answer
    }

    /// A part of a question about the model, whose words do not matter, as a formula.
    fn known(&self, part: &Part<'m>) -> Rc<Formula> {
        let Part::Condition(condition, holds) = part else { return Rc::new(self.formula_of(part, 0)) };
        let place = (std::ptr::from_ref(*condition).addr(), *holds);
        if let Some(formula) = self.known.borrow().get(&place) {
            return Rc::clone(formula);
        }
        let formula = Rc::new(self.formula_of(part, 0));
        let mut is_understood = true;
        formula.each(&mut |it| is_understood &= !matches!(self.table.borrow().kind(it.var), VarKind::Unknown(_)));
        // What is not understood may be something else the next time.
        if is_understood {
            self.known.borrow_mut().insert(place, Rc::clone(&formula));
        }
        formula
    }

    /// Whether formulas can hold that need cells.
    fn searched(&self, formulas: Vec<Formula>, facts: Vec<(Var, ValueSet)>) -> bool {
        let asked = (formulas, facts, self.table.borrow().clocks.len());
        if let Some(known) = self.asked.borrow().get(&asked) {
            return *known;
        }
        let (formulas, facts, clocks) = asked;
        let prepared = self.prepared(formulas, facts);
        let answer = prepared.search(&|_, _| false, &|_| false).is_some();
        self.asked.borrow_mut().insert((prepared.formulas, prepared.facts, clocks), answer);
        answer
    }

    /// Whether the second condition holds wherever the first does.
    #[must_use]
    pub fn implies(&self, a: &Condition, b: &Condition) -> bool {
        !self.can_be(&Question::new().holds(a).fails(b))
    }

    /// Whether two conditions hold in the same cases.
    #[must_use]
    pub fn are_equivalent(&self, a: &Condition, b: &Condition) -> bool {
        self.implies(a, b) && self.implies(b, a)
    }

    /// What a variable stands for.
    #[must_use]
    pub fn kind(&self, var: Var) -> VarKind {
        self.table.borrow().kind(var).clone()
    }

    /// The type of a variable's values. Counts are whole numbers by themselves, all other numbers are in millionths.
    #[must_use]
    pub fn type_of(&self, var: Var) -> Type {
        self.table.borrow().ty(var).clone()
    }

    /// The condition behind a `where`, on [`VarKind::Property`].
    #[must_use]
    pub fn filter(&self, filter: Filter) -> Formula {
        self.table.borrow().filters.get(filter.0 as usize).cloned().unwrap_or(Formula::True)
    }

    /// Every value that a variable can have.
    #[must_use]
    pub fn domain(&self, var: Var) -> ValueSet {
        let table = self.table.borrow();
        let ints = |low: i64, high: i64| ValueSet::between(Some(Key::Int(low)), Some(Key::Int(high)));
        let known = match table.kind(var) {
            VarKind::Count(..) => ValueSet::at_least(Key::Int(0)),
            VarKind::Order(..) => ints(-1, 2),
            VarKind::Happening => {
                let clocks = i64::try_from(table.clocks.len()).unwrap_or(i64::MAX);
                ints(-clocks, i64::try_from(self.model.events.len()).unwrap_or(i64::MAX).saturating_add(1))
            }
            _ => values_of(self.model, table.ty(var)),
        };
        if table.optional(var) { known.or_missing() } else { known }
    }

    /// The variable of a term, where it is a single thing and no calculation.
    #[must_use]
    pub fn var_of(&self, term: &Term) -> Option<Var> {
        let mut table = self.table.borrow_mut();
        Reader::new(self.model, &mut table, LAW).var_of(term)
    }

    /// The variable of an attribute.
    #[must_use]
    pub fn attribute(&self, id: AttributeId) -> Var {
        self.var(VarKind::Attribute(id))
    }

    /// The variable for the time since the latest such event; `None` where none can be.
    #[must_use]
    pub fn since(&self, test: &EventTest) -> Option<Var> {
        let mut table = self.table.borrow_mut();
        let mut reader = Reader::new(self.model, &mut table, LAW);
        let of = reader.events(test)?;
        Some(reader.var(VarKind::Since(of)))
    }

    /// The variable for what is happening: 0 is nothing, an event see [`Self::event_key`], clock triggers are negative.
    #[must_use]
    pub fn happening(&self) -> Var {
        self.var(VarKind::Happening)
    }

    /// An event as a value of [`Self::happening`].
    #[must_use]
    pub fn event_key(&self, event: EventId) -> Key {
        Key::Int(happening_key(event))
    }

    /// The variable that stands for this.
    #[must_use]
    pub fn var(&self, kind: VarKind) -> Var {
        self.table.borrow_mut().var(self.model, kind, None)
    }

    /// A condition as a formula.
    #[must_use]
    pub fn formula(&self, condition: &Condition, holds: bool) -> Formula {
        let mut table = self.table.borrow_mut();
        Reader::new(self.model, &mut table, 0).condition(condition, holds)
    }

    fn read(&self, question: &Question<'_>) -> (Vec<Formula>, Vec<(Var, ValueSet)>) {
        let formulas = question.parts.iter().zip(0..).map(|(part, number)| self.formula_of(part, number)).collect();
        (formulas, self.facts(question))
    }

    /// A part of a question as a formula.
    fn formula_of(&self, part: &Part<'_>, number: u32) -> Formula {
        let mut table = self.table.borrow_mut();
        let mut reader = Reader::new(self.model, &mut table, number);
        match part {
            Part::Condition(condition, holds) => reader.condition(condition, *holds),
            Part::Delay(delay, holds) => reader.delay(delay, *holds),
        }
    }

    /// The facts of a question, what is happening among them.
    fn facts(&self, question: &Question<'_>) -> Vec<(Var, ValueSet)> {
        let mut facts = question.facts.clone();
        let happening = match question.moment {
            None | Some(Moment::Any) => None,
            Some(Moment::Quiet) => Some(0),
            Some(Moment::Event(event)) => Some(happening_key(event)),
        };
        if let Some(key) = happening {
            facts.push((self.happening(), ValueSet::one(Key::Int(key))));
        }
        facts
    }

    pub(super) fn prepare(&self, question: &Question<'_>) -> Prepared {
        let (formulas, facts) = self.read(question);
        self.prepared(formulas, facts)
    }

    pub(super) fn prepared(&self, formulas: Vec<Formula>, facts: Vec<(Var, ValueSet)>) -> Prepared {
        let mut vars = Vec::new();
        formulas.iter().for_each(|it| it.each(&mut |literal| vars.push(literal.var)));
        vars.extend(facts.iter().map(|(var, _)| *var));
        let laws = Gatherer::gather(self, vars);
        let all: Vec<&Formula> = formulas.iter().collect();
        let grid = Grid::new(self, &all, &facts, &laws);
        Prepared { formulas, facts, laws, grid, steps_max: self.steps_max }
    }

    /// Whether each event that passes the first `where` passes the second.
    pub(super) fn filter_implies(&self, a: Filter, b: Filter) -> bool {
        if a == b || b == Filter::NONE {
            return true;
        }
        if let Some(known) = self.implied.borrow().get(&(a, b)) {
            return *known;
        }
        let formulas = vec![self.filter(a), self.filter(b).negated()];
        let implied = self.prepared(formulas, Vec::new()).search(&|_, _| false, &|_| false).is_none();
        self.implied.borrow_mut().insert((a, b), implied);
        implied
    }
}

impl Prepared {
    /// A state in which all holds, without the words for which `relaxed` holds and the facts for which `dropped` does.
    pub fn search(&self, relaxed: &dyn Fn(u32, Option<Span>) -> bool, dropped: &dyn Fn(usize) -> bool) -> Option<Vec<u64>> {
        let mut state = self.grid.full.clone();
        for (_, (var, set)) in self.facts.iter().enumerate().filter(|(n, _)| !dropped(*n)) {
            if let Some((_, column)) = self.grid.column_of(*var) {
                let mask = column.mask_of(set);
                let mut some = 0;
                for (word, mask) in state.iter_mut().skip(column.start).zip(&mask) {
                    *word &= mask;
                    some |= *word;
                }
                if some == 0 {
                    return None;
                }
            }
        }
        let nodes: Vec<Node> = self.nodes(relaxed);
        let nodes: Vec<&Node> = nodes.iter().collect();
        match Search::new(&self.grid, self.steps_max).run(state.clone(), &nodes) {
            Ok(found) => found,
            Err(_) => sat::solve(&self.grid, &self.grid.links.iter().collect::<Vec<_>>(), &state, &nodes),
        }
    }

    /// The formulas and laws over the cells.
    pub fn nodes(&self, relaxed: &dyn Fn(u32, Option<Span>) -> bool) -> Vec<Node> {
        self.formulas.iter().chain(&self.laws.clauses).map(|it| self.grid.node(it, relaxed)).collect()
    }
}

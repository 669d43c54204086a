//! The steps of nurtures and plays.

use super::{F103, Resolver, arguments::Taker, declare::is_damaged, missing::Facts, scope::Scope};
use crate::{
    ast::{self, Block, Ident},
    diag::Diagnostic,
    model::{Step, StepKind},
    source::Span,
};
use rustc_hash::FxHashMap;
use smol_str::{SmolStr, format_smolstr};

/// A walk through the steps of one nurture: where it is, and what is known there.
pub(super) struct Walk<'s> {
    pub scope: Scope<'s>,
    pub facts: Facts,
    /// The names of the split arms around, each followed by `/`.
    pub prefix: String,
    /// How many steps of a kind an arm has had.
    counted: FxHashMap<(SmolStr, &'static str), u32>,
    /// The paths that are taken.
    pub taken: FxHashMap<SmolStr, Span>,
    /// Whether the end of the steps looked at is reached at all, or a `stop` stands before it.
    reaches_end: bool,
}

impl<'s> Walk<'s> {
    pub(super) fn new(scope: Scope<'s>, facts: Facts) -> Self {
        Self { scope, facts, prefix: String::new(), counted: FxHashMap::default(), taken: FxHashMap::default(), reaches_end: true }
    }

    /// The steps of a block.
    pub(super) fn steps(&mut self, resolver: &mut Resolver<'_>, block: &Block<ast::Step>) -> Vec<Step> {
        let mut steps = Vec::with_capacity(block.items.len());
        for node in &block.items {
            let damaged = is_damaged(node);
            let blocks = if damaged { blocks_of(&node.it) } else { Vec::new() };
            steps.extend(resolver.unless_outside(damaged, &blocks, |resolver| self.step(resolver, &node.it, node.span)));
        }
        steps
    }

    /// The steps of a block that is one of several ways on; `knowing` is what is known on it. Returns what is known
    /// behind it, unless it stops.
    pub(super) fn way(&mut self, resolver: &mut Resolver<'_>, block: &Block<ast::Step>, knowing: Facts) -> (Vec<Step>, Option<Facts>) {
        let before = std::mem::replace(&mut self.facts, knowing);
        let reached = std::mem::replace(&mut self.reaches_end, true);
        let steps = self.steps(resolver, block);
        let after = std::mem::replace(&mut self.facts, before);
        let ends = std::mem::replace(&mut self.reaches_end, reached);
        (steps, ends.then_some(after))
    }

    /// Goes on behind several ways.
    pub(super) fn join(&mut self, ways: impl IntoIterator<Item = Option<Facts>>) {
        let mut ways = ways.into_iter().flatten();
        match ways.next() {
            None => self.reaches_end = false,
            Some(mut facts) => {
                ways.for_each(|other| facts.meet(&other));
                self.facts = facts;
            }
        }
    }

    /// The identity of a step that asks for nothing.
    pub(super) fn counted_id(&mut self, kind: &'static str) -> SmolStr {
        let count = self.counted.entry((SmolStr::new(&self.prefix), kind)).or_insert(0);
        *count += 1;
        format_smolstr!("{}{kind}-{count}", self.prefix)
    }

    /// The identity of a step that asks for something: no other step of the nurture has it.
    fn named_id(&mut self, resolver: &mut Resolver<'_>, name: &Ident, alias: Option<&Ident>) -> SmolStr {
        let last = alias.unwrap_or(name);
        let id = format_smolstr!("{}{}", self.prefix, last.text);
        match self.taken.get(&id) {
            None => {
                self.taken.insert(id.clone(), last.span);
            }
            Some(first) => {
                let finding = Diagnostic::new(
                    F103,
                    last.span,
                    format!("two steps of this nurture go by `{}`, so a request of one would pass for one of the other", last.text),
                )
                .at("asked for again here")
                .label(*first, "asked for first here");
                resolver.report(if alias.is_some() {
                    finding.help("give one of them another name")
                } else {
                    finding.help(format!("give one of them a name of its own: `{} … as …`", name.text))
                });
            }
        }
        id
    }

    fn step(&mut self, resolver: &mut Resolver<'_>, step: &ast::Step, span: Span) -> Option<Step> {
        let made = |id, kind| Some(Step { span, id, kind });
        match step {
            ast::Step::Send { message, args, alias } => {
                let id = self.named_id(resolver, message, alias.as_ref());
                let found = resolver.message_or_parameter(message, self.scope);
                let arguments = resolver.send_arguments(found, message, args.as_ref(), self);
                made(id, StepKind::Send { message: found, arguments })
            }
            ast::Step::Do { action, args, alias } => {
                let id = self.named_id(resolver, action, alias.as_ref());
                let found = resolver.action(action);
                let arguments = match found {
                    Some(found) => {
                        let found = &resolver.model.actions[found];
                        let declared = found.parameters.clone();
                        let taker = Taker {
                            words: format!("the action `{}`", action.text),
                            declared: &declared,
                            place: found.name.span,
                            partial: false,
                        };
                        resolver.arguments(&taker, args.as_ref(), action.span, self.scope, &self.facts)
                    }
                    None => resolver.loose_arguments(args.as_ref(), self.scope),
                };
                made(id, StepKind::Act { action: found, arguments })
            }
            ast::Step::Wait(wait) => {
                let id = self.counted_id("wait");
                let (wait, span) = self.wait(resolver, wait, span)?;
                Some(Step { span, id, kind: StepKind::Wait(wait) })
            }
            ast::Step::If { branches, otherwise } => {
                let id = self.counted_id("if");
                let kind = self.branches(resolver, branches, otherwise.as_ref());
                let end = branches.first().map_or(span.end, |first| first.when.span.end);
                Some(Step { span: head(span, end), id, kind })
            }
            ast::Step::Split(split) => {
                let id = self.split_id(resolver, split);
                let kind = StepKind::Split(self.split(resolver, split, span));
                Some(Step { span: head(span, split.name.span.end), id, kind })
            }
            ast::Step::Repeat(repeat) => {
                let id = self.counted_id("repeat");
                let kind = self.repeat(resolver, repeat);
                let end = repeat.until.as_ref().map_or(repeat.every.span.end, |until| until.span.end);
                Some(Step { span: head(span, end), id, kind })
            }
            ast::Step::Set { attribute, value } => {
                let id = self.counted_id("set");
                let (attribute, value) = resolver.set(attribute, value, self);
                made(id, StepKind::Set { attribute, value })
            }
            ast::Step::Add { value, attribute } => {
                let id = self.counted_id("add");
                let (attribute, value) = resolver.change_list(attribute, value, self, "add");
                made(id, StepKind::Add { attribute, value })
            }
            ast::Step::Remove { value, attribute } => {
                let id = self.counted_id("remove");
                let (attribute, value) = resolver.change_list(attribute, value, self, "remove");
                made(id, StepKind::Remove { attribute, value })
            }
            ast::Step::Record { event, args } => {
                let id = self.counted_id("record");
                let (event, arguments) = resolver.record(event, args.as_ref(), self);
                made(id, StepKind::Record { event, arguments })
            }
            ast::Step::Stop => {
                self.reaches_end = false;
                let id = self.counted_id("stop");
                made(id, StepKind::Stop)
            }
            ast::Step::Note(_) | ast::Step::Formerly(_) => None,
            ast::Step::Broken(_) => {
                resolver.damaged = true;
                None
            }
        }
    }
}

/// The first line of a step with a block.
pub(super) fn head(span: Span, end: u32) -> Span {
    Span::new(span.file, span.start, end.clamp(span.start, span.end))
}

/// The blocks in a step.
fn blocks_of(step: &ast::Step) -> Vec<Span> {
    match step {
        ast::Step::If { branches, otherwise } => {
            branches.iter().map(|branch| branch.body.span).chain(otherwise.iter().map(|block| block.span)).collect()
        }
        ast::Step::Split(split) => vec![split.arms.span],
        ast::Step::Repeat(repeat) => vec![repeat.body.span],
        ast::Step::Wait(ast::Wait::Arms(arms)) => vec![arms.arms.span],
        _ => Vec::new(),
    }
}

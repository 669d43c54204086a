//! Steps with several ways on: `if`, `split`, `repeat`.

use super::{
    F103, F209, Resolver,
    step::{Walk, head},
};
use crate::{
    ast::{self, Block, SplitShare},
    diag::Diagnostic,
    model::{Branch, Repeat, Split, SplitArm, StepKind},
    source::Span,
    units::Share,
};
use rustc_hash::FxHashMap;
use smol_str::{SmolStr, format_smolstr};

impl Walk<'_> {
    pub(super) fn branches(
        &mut self,
        resolver: &mut Resolver<'_>,
        branches: &[ast::Branch],
        otherwise: Option<&Block<ast::Step>>,
    ) -> StepKind {
        let scope = self.scope.but_asked("in an `if`, which asks about now");
        let mut remaining = self.facts.clone();
        let mut ways = Vec::new();
        let mut resolved = Vec::new();
        for branch in branches {
            let when = resolver.whole_condition(&branch.when, scope, &remaining);
            let mut knowing = remaining.clone();
            knowing.learn(&when, true);
            remaining.learn(&when, false);
            let (steps, after) = self.way(resolver, &branch.body, knowing);
            ways.push(after);
            resolved.push(Branch { when, steps });
        }
        let (otherwise, has_else) = match otherwise {
            Some(block) => {
                let (steps, after) = self.way(resolver, block, remaining);
                ways.push(after);
                (steps, true)
            }
            None => {
                ways.push(Some(remaining));
                (Vec::new(), false)
            }
        };
        self.join(ways);
        StepKind::If { branches: resolved, otherwise, has_else }
    }

    pub(super) fn split_id(&mut self, resolver: &mut Resolver<'_>, split: &ast::Split) -> SmolStr {
        let path = format_smolstr!("{}split {}", self.prefix, split.name.text);
        if let Some(first) = self.taken.insert(path, split.name.span) {
            resolver.report(
                Diagnostic::new(
                    F103,
                    split.name.span,
                    format!("two splits of this nurture are called `{}`, so both would draw the same arm", split.name.text),
                )
                .label(first, "the first one")
                .help("rename one of them, or write what follows into the arms of the first"),
            );
        }
        self.counted_id("split")
    }

    pub(super) fn split(&mut self, resolver: &mut Resolver<'_>, split: &ast::Split, span: Span) -> Split {
        let mut arms: Vec<SplitArm> = Vec::new();
        let mut names: FxHashMap<&str, Span> = FxHashMap::default();
        let mut ways = Vec::new();
        let mut sum: u64 = 0;
        let (mut rest, mut whole): (Option<(usize, Span)>, bool) = (None, true);
        let before = self.facts.clone();
        for node in &split.arms.items {
            let ast::SplitArm::Share { share, name, body } = &node.it else {
                resolver.damaged = true;
                whole = false;
                continue;
            };
            if let Some(first) = names.insert(&name.text, name.span) {
                resolver.report(
                    Diagnostic::new(F103, name.span, format!("two arms of this split are called `{}`", name.text))
                        .label(first, "the first one")
                        .help("rename one of them"),
                );
            }
            let millionths = match share {
                SplitShare::Part(part) => {
                    sum += u64::from(part.it.millionths());
                    part.it.millionths()
                }
                SplitShare::Rest(place) => {
                    if let Some((_, first)) = rest {
                        resolver.twice("`rest`", *place, first, "in this split");
                        whole = false;
                    }
                    rest = Some((arms.len(), *place));
                    0
                }
            };
            let outer = self.prefix.len();
            self.prefix.push_str(&name.text);
            self.prefix.push('/');
            let (steps, after) = self.way(resolver, body, before.clone());
            self.prefix.truncate(outer);
            ways.push(after);
            arms.push(SplitArm { name: name.text.clone(), share_millionths: millionths, steps });
        }
        if arms.is_empty() {
            ways.push(Some(before));
        }
        self.join(ways);
        if whole {
            resolver.check_shares(split, span, sum, rest, &mut arms);
        }
        Split { name: split.name.text.clone(), arms }
    }

    pub(super) fn repeat(&mut self, resolver: &mut Resolver<'_>, repeat: &ast::Repeat) -> StepKind {
        let times = repeat.times.as_ref().map_or(0, |times| resolver.at_least_one(times, "times"));
        let every_ms = resolver.milliseconds(&repeat.every);
        let mut between = self.facts.clone();
        between.pass_time(&resolver.model);
        let scope = self.scope.but_asked("in the `until` of a `repeat`, which is asked before each round");
        let until = repeat.until.as_ref().map(|until| resolver.whole_condition(until, scope, &between));
        let mut knowing = between.clone();
        if let Some(until) = &until {
            knowing.learn(until, false);
        }
        let (steps, _) = self.way(resolver, &repeat.body, knowing);
        self.facts = between;
        StepKind::Repeat(Repeat { times, every_ms, until, steps })
    }
}

impl Resolver<'_> {
    /// Shares add up to the whole, or the last arm takes the rest.
    fn check_shares(&mut self, split: &ast::Split, span: Span, sum: u64, rest: Option<(usize, Span)>, arms: &mut [SplitArm]) {
        let whole = u64::from(Share::WHOLE.millionths());
        let left = whole.saturating_sub(sum);
        let place = head(span, split.name.span.end);
        let words =
            |millionths: u64| crate::units::Number::from_millionths(i64::try_from(millionths).unwrap_or(i64::MAX).saturating_mul(100));
        match rest {
            None if sum == whole => {}
            None => {
                let finding =
                    Diagnostic::new(F209, place, format!("the shares of `{}` add up to {}%, not to 100%", split.name.text, words(sum)));
                self.report(if sum < whole {
                    finding.note(format!("{}% are left over", words(left))).help("change a share, or let the last arm be `rest`")
                } else {
                    finding.note(format!("{}% are too many", words(sum - whole))).help("make a share smaller")
                });
            }
            Some((index, rest)) if index + 1 != arms.len() => self.report(
                Diagnostic::new(F209, rest, "`rest` takes what the arms before it leave, so it stands last")
                    .help("move this arm to the end"),
            ),
            Some((_, rest)) if left == 0 => self.report(
                Diagnostic::new(F209, rest, format!("the shares before `rest` add up to {}%, so nothing is left for it", words(sum)))
                    .help("make a share smaller, or take this arm out"),
            ),
            Some((index, _)) => {
                if let Some(arm) = arms.get_mut(index) {
                    arm.share_millionths = u32::try_from(left).unwrap_or(0);
                }
            }
        }
    }
}

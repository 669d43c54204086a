//! Random trees that use every construct of the language, as the parser would make them: whole files here, what stands in their
//! lines in `expression`.

mod expression;

use expression::{
    at, clock, condition, count, duration, event, ident, instant, moment, number, offset, outcome, plain_value, share, span, text, value,
    weekday,
};
use funnelc::ast::*;
use proptest::{collection::vec, option, prelude::*, sample::select};

fn args() -> BoxedStrategy<Option<Vec<Arg>>> {
    option::of(vec((ident(), value()), 0..3).prop_map(|args| {
        let mut seen = Vec::new();
        args.into_iter()
            .filter(|(name, _)| {
                !std::mem::replace(&mut seen.contains(&name.text), {
                    seen.push(name.text.clone());
                    true
                })
            })
            .map(|(name, value)| Arg { name, value })
            .collect()
    }))
    .boxed()
}

fn comments() -> BoxedStrategy<Vec<Comment>> {
    let one = ("[ a-z{}\"]{0,6}", any::<bool>()).prop_map(|(text, blank_before)| Comment {
        span: span(),
        text: text.trim_end().into(),
        blank_before,
    });
    prop_oneof![4 => Just(Vec::new()), 1 => vec(one, 1..3)].boxed()
}

fn node<T: std::fmt::Debug + Clone + 'static>(it: BoxedStrategy<T>) -> BoxedStrategy<Node<T>> {
    (it, prop_oneof![5 => Just(false), 1 => Just(true)], comments(), prop_oneof![8 => Just(Vec::new()), 1 => comments()])
        .prop_map(|(it, blank_before, before, after)| {
            let after = after.into_iter().next().map(|comment| Comment { blank_before: false, ..comment });
            let plain = !blank_before && before.is_empty() && after.is_none();
            let trivia = (!plain).then(|| Box::new(Trivia { blank_before, before, after, closing: None, damaged: None }));
            Node { span: span(), trivia, it }
        })
        .boxed()
}

/// Items as a parser would have found them: no blank line at the beginning.
fn nodes<T: std::fmt::Debug + Clone + 'static>(it: BoxedStrategy<T>) -> BoxedStrategy<(Vec<Node<T>>, Vec<Comment>)> {
    (vec(node(it), 0..4), comments())
        .prop_map(|(mut items, mut tail)| {
            match items.first_mut() {
                None => {
                    if let Some(comment) = tail.first_mut() {
                        comment.blank_before = false;
                    }
                }
                Some(first) => {
                    if let Some(trivia) = &mut first.trivia {
                        match trivia.before.first_mut() {
                            Some(comment) => comment.blank_before = false,
                            None => trivia.blank_before = false,
                        }
                        if !trivia.blank_before && trivia.before.is_empty() && trivia.after.is_none() {
                            first.trivia = None;
                        }
                    }
                }
            }
            (items, tail)
        })
        .boxed()
}

fn block<T: std::fmt::Debug + Clone + 'static>(it: BoxedStrategy<T>) -> BoxedStrategy<Block<T>> {
    (nodes(it), any::<bool>()).prop_map(|((items, tail), one_line)| Block { span: span(), items, tail, one_line }).boxed()
}

fn simple_step() -> BoxedStrategy<Step> {
    let past = select(vec![PastWait::Skip, PastWait::Stop]).prop_map(|past| Some(at(past)));
    prop_oneof![
        (ident(), args(), option::of(ident())).prop_map(|(message, args, alias)| Step::Send { message, args, alias }),
        (ident(), args(), option::of(ident())).prop_map(|(action, args, alias)| Step::Do { action, args, alias }),
        duration().prop_map(|duration| Step::Wait(Wait::For(duration))),
        count().prop_map(|days| Step::Wait(Wait::CalendarDays(days))),
        (option::of(weekday()), clock()).prop_map(|(weekday, at)| Step::Wait(Wait::Clock { weekday, at })),
        (instant(option::of(offset()).boxed()), past)
            .prop_map(|(instant, past)| Step::Wait(Wait::Instant { instant: Box::new(instant), past })),
        (condition(), duration()).prop_filter_map("not an instant alone", |(condition, up_to)| {
            let alone = matches!(condition.kind, ConditionKind::Instant(_));
            (!alone).then(|| Step::Wait(Wait::Until { condition: Box::new(condition), up_to: Some(up_to) }))
        }),
        (ident(), value()).prop_map(|(attribute, value)| Step::Set { attribute, value }),
        (value(), ident()).prop_map(|(value, attribute)| Step::Add { value, attribute }),
        (value(), ident()).prop_map(|(value, attribute)| Step::Remove { value, attribute }),
        (ident(), args()).prop_map(|(event, args)| Step::Record { event, args }),
        Just(Step::Stop),
        text().prop_map(Step::Note),
        ident().prop_map(Step::Formerly),
    ]
    .boxed()
}

fn step() -> BoxedStrategy<Step> {
    simple_step()
        .prop_recursive(2, 10, 3, |inner| {
            let steps = block(inner.boxed());
            let branch = (condition(), steps.clone()).prop_map(|(when, body)| Branch { span: span(), when, body });
            let on = (condition(), steps.clone()).prop_map(|(when, body)| Arm::On { when, body });
            let arms = (block(on.boxed()), option::of(steps.clone())).prop_map(|(mut arms, otherwise)| {
                if let Some(body) = otherwise {
                    arms.items.push(Node { span: span(), trivia: None, it: Arm::Otherwise { body } });
                    if arms.items.len() == 1
                        && let Some(comment) = arms.tail.first_mut()
                    {
                        comment.blank_before = false;
                    }
                }
                arms
            });
            let share = prop_oneof![share().prop_map(SplitShare::Part), Just(SplitShare::Rest(span()))];
            let share = (share, ident(), steps.clone()).prop_map(|(share, name, body)| SplitArm::Share { share, name, body });
            prop_oneof![
                (vec(branch, 1..3), option::of(steps.clone())).prop_map(|(branches, otherwise)| Step::If { branches, otherwise }),
                (duration(), arms).prop_map(|(up_to, arms)| Step::Wait(Wait::Arms(Box::new(WaitArms { up_to: Some(up_to), arms })))),
                (ident(), block(share.boxed())).prop_map(|(name, arms)| Step::Split(Split { name, arms })),
                (count(), duration(), option::of(condition()), steps)
                    .prop_map(|(times, every, until, body)| Step::Repeat(Box::new(Repeat { times: Some(times), every, until, body }))),
            ]
        })
        .boxed()
}

fn stage_ref() -> BoxedStrategy<StageRef> {
    (option::of(ident()), ident()).prop_map(|(funnel, stage)| StageRef { funnel, stage }).boxed()
}

fn after() -> BoxedStrategy<After> {
    (duration(), option::of(event(1))).prop_map(|(delay, without)| After { span: span(), delay, without }).boxed()
}

/// `after …`, `when …` or both.
fn opening() -> BoxedStrategy<(Option<After>, Option<Condition>)> {
    prop_oneof![
        after().prop_map(|after| (Some(after), None)),
        condition().prop_map(|when| (None, Some(when))),
        (after(), condition()).prop_map(|(after, when)| (Some(after), Some(when))),
    ]
    .boxed()
}

fn leave() -> BoxedStrategy<Leave> {
    opening().prop_map(|(after, when)| Leave { after, when }).boxed()
}

fn stage_item() -> BoxedStrategy<StageItem> {
    let source = prop_oneof![
        Just(Source::Outside),
        vec(ident(), 1..3).prop_map(Source::Stages),
        any::<bool>().prop_map(|or_outside| Source::Anywhere { span: span(), or_outside }),
    ];
    let start =
        prop_oneof![Just(NurtureStart::Entry), condition().prop_map(NurtureStart::When), condition().prop_map(NurtureStart::EachTime)];
    let body = prop_oneof![args().prop_map(|args| (args, None)), block(step()).prop_map(|body| (None, Some(body)))];
    prop_oneof![
        text().prop_map(StageItem::Note),
        ident().prop_map(StageItem::Formerly),
        (source, opening()).prop_map(|(source, (after, when))| StageItem::Enter(Enter { source, after, when })),
        leave().prop_map(StageItem::Leave),
        count().prop_map(StageItem::VisitsAtMost),
        (stage_ref(), ident()).prop_map(|(stage, by)| StageItem::Feeds { stage, by }),
        (share(), option::of(ident()), duration()).prop_map(|(share, of, within)| StageItem::Target(Target { share, of, within })),
        vec(ident(), 1..3).prop_map(StageItem::OpenTo),
        (ident(), option::of(text()), start, option::of(ident()), body)
            .prop_map(|(name, label, start, alias, (args, body))| StageItem::Nurture(Nurture { name, label, args, start, alias, body })),
    ]
    .boxed()
}

fn params() -> BoxedStrategy<Option<Vec<Param>>> {
    option::of(vec((ident(), ty()).prop_map(|(name, ty)| Param { name, ty }), 0..3)).boxed()
}

fn ty() -> BoxedStrategy<Type> {
    let kind = prop_oneof![
        Just(TypeKind::Text),
        Just(TypeKind::Number),
        Just(TypeKind::Flag),
        Just(TypeKind::Date),
        Just(TypeKind::Time),
        Just(TypeKind::List),
        Just(TypeKind::Message),
        vec(ident(), 0..3).prop_map(TypeKind::OneOf),
    ];
    (kind, any::<bool>()).prop_map(|(kind, optional)| Type { span: span(), kind, optional }).boxed()
}

fn bare_head() -> BoxedStrategy<Head> {
    (ident(), option::of(text())).prop_map(|(name, label)| Head { name, params: None, label }).boxed()
}

fn head() -> BoxedStrategy<Head> {
    (ident(), params(), option::of(text())).prop_map(|(name, params, label)| Head { name, params, label }).boxed()
}

fn guarantee() -> BoxedStrategy<Guarantee> {
    let scope = prop_oneof![
        (option::of(ident()), any::<bool>()).prop_map(|(by, is_one)| MessageScope::Messages { is_one: is_one && by.is_some(), by }),
        ident().prop_map(MessageScope::Message)
    ];
    let scope = scope.boxed();
    prop_oneof![
        (stage_ref(), duration()).prop_map(|(stage, within)| GuaranteeKind::Leaves { stage, within }),
        (stage_ref(), vec(stage_ref(), 1..3), duration()).prop_map(|(from, to, within)| GuaranteeKind::Reaches { from, to, within }),
        (stage_ref(), vec(stage_ref(), 1..3)).prop_map(|(from, to)| GuaranteeKind::Whoever { from, to }),
        (event(1), vec(stage_ref(), 1..3), duration()).prop_map(|(event, to, within)| GuaranteeKind::LeadsTo { event, to, within }),
        (stage_ref(), stage_ref()).prop_map(|(one, other)| GuaranteeKind::Excludes { one, other }),
        (count(), scope.clone(), option::of(duration())).prop_map(|(count, what, within)| GuaranteeKind::AtMost { count, what, within }),
        (duration(), scope).prop_map(|(gap, what)| GuaranteeKind::Between { gap, what }),
        (ident(), event(1)).prop_map(|(message, event)| GuaranteeKind::NeverSendAfter { message, event }),
        (ident(), stage_ref()).prop_map(|(message, stage)| GuaranteeKind::NeverSendIn { message, stage }),
        stage_ref().prop_map(|stage| GuaranteeKind::Reachable { stage }),
        (stage_ref(), stage_ref()).prop_map(|(to, via)| GuaranteeKind::Through { to, via }),
        (stage_ref(), stage_ref()).prop_map(|(later, earlier)| GuaranteeKind::NeverFollows { later, earlier }),
    ]
    .prop_filter("a stage called `never` reads as `never send`", |kind| {
        !matches!(kind, GuaranteeKind::Reachable { stage } | GuaranteeKind::NeverFollows { later: stage, .. } | GuaranteeKind::Excludes { one: stage, .. } if stage.stage.text == "never" || stage.funnel.as_ref().is_some_and(|name| name.text == "never"))
    })
    .prop_map(|kind| Guarantee { span: span(), kind })
    .boxed()
}

fn assume() -> BoxedStrategy<Assume> {
    (event(1), duration(), stage_ref()).prop_map(|(event, within, stage)| Assume { span: span(), event, within, stage }).boxed()
}

fn funnel_item() -> BoxedStrategy<FunnelItem> {
    let mark = || prop_oneof![3 => Just(None), 1 => Just(Some(span()))];
    let stage = (mark(), mark(), bare_head(), option::of(block(stage_item())))
        .prop_map(|(goal, is_final, head, body)| FunnelItem::Stage(Stage { goal, is_final, head, body }));
    let reentry = prop_oneof![
        Just(ReentryKind::Never),
        Just(ReentryKind::AfterLeaving),
        duration().prop_map(ReentryKind::DelayAfterLeaving),
        duration().prop_map(ReentryKind::DelayAfterStarting),
        vec(ident(), 1..3).prop_map(ReentryKind::Restart),
    ];
    prop_oneof![
        4 => stage,
        1 => text().prop_map(FunnelItem::Note),
        1 => ident().prop_map(FunnelItem::Formerly),
        1 => option::of(ident()).prop_map(|key| FunnelItem::ForEach { key }),
        1 => reentry.prop_map(|kind| FunnelItem::Reentry(Reentry { span: span(), kind })),
        1 => leave().prop_map(FunnelItem::Leave),
        1 => guarantee().prop_map(FunnelItem::Guarantee),
        1 => assume().prop_map(FunnelItem::Assume),
    ]
    .boxed()
}

fn notes() -> BoxedStrategy<Option<Block<NoteItem>>> {
    option::of(block(text().prop_map(NoteItem::Note).boxed())).boxed()
}

fn event_declaration() -> BoxedStrategy<Event> {
    let rate = (count(), duration()).prop_map(|(count, per)| EventClause::AtMost(Rate { count, per }));
    let clauses =
        (option::of(ident().prop_map(EventClause::On)), any::<bool>(), vec(ident().prop_map(EventClause::OptOut), 0..2), option::of(rate));
    (head(), clauses, notes())
        .prop_map(|(head, (on, ours, outs, rate), body)| {
            let ours = ours.then_some(EventClause::Ours);
            let clauses = on.into_iter().chain(ours).chain(outs).chain(rate).map(at).collect();
            Event { head, clauses, body }
        })
        .boxed()
}

fn declaration() -> BoxedStrategy<Top> {
    let attribute = (ident(), option::of(text()), ty(), option::of(plain_value(1)), any::<bool>(), any::<bool>()).prop_map(
        |(name, label, ty, default, fixed, ours)| Attribute {
            name,
            label,
            ty,
            default,
            fixed: fixed.then(span),
            ours: ours.then(span),
            broken: None,
        },
    );
    let policy = prop_oneof![
        ident().prop_map(ChannelItem::Needs),
        (count(), duration()).prop_map(|(count, within)| ChannelItem::AtMost { count, within }),
        (clock(), clock()).prop_map(|(from, to)| ChannelItem::Quiet { from, to }),
        text().prop_map(ChannelItem::Note),
    ];
    let content = prop_oneof![
        text().prop_map(MessageItem::Template),
        Just(MessageItem::Transactional),
        ident().prop_map(MessageItem::Formerly),
        text().prop_map(MessageItem::Note),
    ];
    let rule = prop_oneof![
        event(1).prop_map(ScoreRule::Event),
        (duration(), event(1)).prop_map(|(period, event)| ScoreRule::EveryWithout { period, event })
    ];
    let points = prop_oneof![
        (number(), rule).prop_map(|(points, rule)| ScoreItem::Points { points: at(points), rule }),
        text().prop_map(ScoreItem::Note)
    ];
    prop_oneof![
        text().prop_map(Top::Use),
        text().prop_map(Top::Timezone),
        block(attribute.boxed()).prop_map(Top::Contact),
        event_declaration().prop_map(Top::Event),
        (bare_head(), option::of(block(policy.boxed()))).prop_map(|(head, body)| Top::Channel(Channel { head, body })),
        (head(), ident(), option::of(block(content.boxed()))).prop_map(|(head, channel, body)| Top::Message(Message {
            head,
            channel,
            body
        })),
        (head(), notes()).prop_map(|(head, body)| Top::Action(Action { head, body })),
        (bare_head(), condition(), notes()).prop_map(|(head, when, body)| Top::Segment(Segment { head, when, body })),
        (bare_head(), block(points.boxed())).prop_map(|(head, body)| Top::Score(Score { head, body })),
        (head(), block(step())).prop_map(|(head, body)| Top::Play(Play { head, body })),
        assume().prop_map(Top::Assume),
        guarantee().prop_map(Top::Guarantee),
    ]
    .boxed()
}

fn test() -> BoxedStrategy<Top> {
    let given = prop_oneof![
        (ident(), value()).prop_map(|(attribute, value)| Given::Attribute { attribute, value }),
        (ident(), ident()).prop_map(|(split, arm)| Given::Split { split, arm }),
    ];
    let not = any::<bool>;
    let expectation = prop_oneof![
        (not(), ident(), option::of(text())).prop_map(|(not, stage, key)| Expectation::In { not, stage, key }),
        Just(Expectation::Outside),
        (not(), ident(), args(), option::of(count())).prop_map(|(not, message, args, times)| Expectation::Sent {
            not,
            message,
            args,
            times
        }),
        (ident(), clock()).prop_map(|(message, until)| Expectation::Held { message, until }),
        ident().prop_map(|message| Expectation::Capped { message }),
        (ident(), value()).prop_map(|(attribute, value)| Expectation::Attribute { attribute, value }),
        (not(), ident(), args()).prop_map(|(not, action, args)| Expectation::Did { not, action, args }),
        ident().prop_map(|play| Expectation::Finished { play }),
    ];
    let happens = || prop_oneof![ident(), outcome()];
    let item = prop_oneof![
        vec(given, 1..3).prop_map(TestItem::Given),
        moment().prop_map(|time| TestItem::At(at(time))),
        duration().prop_map(TestItem::After),
        (happens(), args()).prop_map(|(event, args)| TestItem::Event { event, args }),
        (moment(), happens(), args()).prop_map(|(time, event, args)| TestItem::RecordAt { time: at(time), event, args }),
        expectation.prop_map(TestItem::Expect),
        text().prop_map(TestItem::Note),
    ];
    (text(), ident(), block(item.boxed())).prop_map(|(name, funnel, body)| Top::Test(Test { name, funnel, body })).boxed()
}

/// A whole file.
pub fn file() -> BoxedStrategy<File> {
    let funnel = (bare_head(), block(funnel_item())).prop_map(|(head, body)| Top::Funnel(Funnel { head, body }));
    let item = prop_oneof![3 => declaration(), 2 => funnel, 1 => test()];
    nodes(item.boxed()).prop_map(|(items, tail)| File { span: span(), items, tail }).boxed()
}

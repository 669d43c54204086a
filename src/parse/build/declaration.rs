//! Declarations outside funnels.

use super::{
    Builder, Kids,
    node::{Built, FromBroken},
};
use crate::{
    ast::{
        Action, Attribute, Broken, Channel, ChannelItem, Event, EventClause, Head, Ident, Message, MessageItem, NoteItem, Param, Play,
        Rate, Score, ScoreItem, ScoreRule, Segment, Spanned, Text, Top, Type, TypeKind,
    },
    diag::Diagnostic,
    parse::{
        codes::{F001, F003},
        explain::{self, Context},
        grammar::{Pair, Rule},
        words,
    },
    source::Span,
    units::{Duration, Number, Unit},
};
use smol_str::{SmolStr, SmolStrBuilder};

impl FromBroken for Top {
    fn from_broken(broken: Broken, _: Span) -> Self {
        Self::Broken(broken)
    }
}

impl FromBroken for NoteItem {
    fn from_broken(broken: Broken, _: Span) -> Self {
        Self::Broken(broken)
    }
}

impl FromBroken for ChannelItem {
    fn from_broken(broken: Broken, _: Span) -> Self {
        Self::Broken(broken)
    }
}

impl FromBroken for MessageItem {
    fn from_broken(broken: Broken, _: Span) -> Self {
        Self::Broken(broken)
    }
}

impl FromBroken for ScoreItem {
    fn from_broken(broken: Broken, _: Span) -> Self {
        Self::Broken(broken)
    }
}

impl FromBroken for Attribute {
    fn from_broken(broken: Broken, span: Span) -> Self {
        let nameless = Ident { span: Span { end: span.start, ..span }, text: SmolStr::default() };
        let ty = Type { span: nameless.span, kind: TypeKind::Unknown(nameless.clone()), optional: false };
        Self { name: nameless, label: None, ty, default: None, fixed: None, ours: None, broken: Some(broken) }
    }
}

impl<'i> Builder<'i> {
    /// A top-level item.
    pub fn top(&mut self, pair: Pair<'i>, span: Span) -> Built<Top> {
        let rule = pair.as_rule();
        let mut kids = Kids::of(pair);
        let kids = &mut kids;
        let built = match rule {
            Rule::use_file => Some(Top::Use(self.quoted(kids, span))),
            Rule::timezone => Some(Top::Timezone(self.quoted(kids, span))),
            Rule::contact => {
                self.header(kids, span, Context::Top);
                self.body(kids, Rule::attributes, Context::Attribute, Self::attribute).map(Top::Contact)
            }
            Rule::event_decl => self.event_declaration(kids, span).map(Top::Event),
            Rule::channel => self.channel(kids, span).map(Top::Channel),
            Rule::message => self.message(kids, span).map(Top::Message),
            Rule::action => self.action(kids, span).map(Top::Action),
            Rule::segment => self.segment(kids, span).map(Top::Segment),
            Rule::score => self.score(kids, span).map(Top::Score),
            Rule::play => self.play(kids, span).map(Top::Play),
            Rule::assume => Some(Top::Assume(self.assume(kids, span))),
            Rule::guarantee => self.guarantee(kids, span).map(Top::Guarantee),
            Rule::funnel => self.funnel(kids, span).map(Top::Funnel),
            Rule::test => self.test(kids, span).map(Top::Test),
            _ => {
                self.internal(span, "an item");
                None
            }
        };
        self.no_more(kids);
        built
    }

    /// Reports damage in the header of a block, if there is some.
    pub fn header(&mut self, kids: &mut Kids<'i>, item: Span, context: Context) {
        if let Some(damage) = kids.next_if(Rule::damage) {
            let place = self.span(&damage);
            explain::header(self, item, place, context);
            self.frame.damaged = true;
        }
    }

    /// The head of a declaration; `None` where its name is missing, which is reported.
    pub fn head(&mut self, kids: &mut Kids<'i>, item: Span, context: Context) -> Option<Head> {
        let Some(pair) = kids.next_if(Rule::name) else {
            let damage = kids.next_if(Rule::damage);
            let place = damage.map(|damage| self.span(&damage));
            explain::headless(self, item, place, context);
            for block in kids.by_ref() {
                self.discarded(block);
            }
            return None;
        };
        let name = self.ident_of(&pair);
        let params = kids.next_if(Rule::params).map(|pair| self.params(pair));
        let label = self.quoted_if(kids);
        Some(Head { name, params, label })
    }

    /// Walks a block whose owner has no name, for its findings.
    fn discarded(&mut self, pair: Pair<'i>) {
        match pair.as_rule() {
            Rule::steps => drop(self.block(pair, Context::Step, Self::step)),
            Rule::stage_block => drop(self.block(pair, Context::Stage, Self::stage_line)),
            Rule::funnel_block => drop(self.block(pair, Context::Funnel, Self::funnel_line)),
            Rule::test_block => drop(self.block(pair, Context::Test, Self::test_line)),
            Rule::notes => drop(self.block(pair, Context::Note, Self::note_line)),
            Rule::policy => drop(self.block(pair, Context::Policy, Self::policy_line)),
            Rule::contents => drop(self.block(pair, Context::Content, Self::content)),
            Rule::points_block => drop(self.block(pair, Context::Points, Self::points_line)),
            Rule::shares => drop(self.block(pair, Context::Share, Self::share_arm)),
            _ => {}
        }
    }

    /// The block of an item, if it has one.
    pub fn body<T: FromBroken>(
        &mut self,
        kids: &mut Kids<'i>,
        rule: Rule,
        context: Context,
        make: fn(&mut Self, Pair<'i>, Span) -> Built<T>,
    ) -> Option<crate::ast::Block<T>> {
        kids.next_if(rule).map(|pair| self.block(pair, context, make))
    }

    /// Parameters where only some declarations take them.
    pub fn no_params(&mut self, head: &mut Head, what: &str) {
        let (Some(params), Some(first)) = (&head.params, head.params.as_ref().and_then(|params| params.first())) else {
            head.params = None;
            return;
        };
        let place = params.iter().fold(first.name.span, |span, param| span.to(param.ty.span));
        self.push(
            Diagnostic::new(F001, place, format!("{what} takes no parameters")).help("events, messages, actions and plays take parameters"),
        );
        head.params = None;
        self.frame.damaged = true;
    }

    fn params(&mut self, pair: Pair<'i>) -> Vec<Param> {
        let span = self.span(&pair);
        let mut params: Vec<Param> = Vec::new();
        for pair in Kids::of(pair) {
            let mut kids = Kids::of(pair);
            let name = self.ident(&mut kids, span);
            self.colon(&mut kids);
            params.push(Param { name, ty: self.ty(&mut kids, span) });
        }
        params
    }

    /// `=` written where a colon belongs.
    pub fn colon(&mut self, kids: &mut Kids<'i>) {
        if let Some(pair) = kids.next_if(Rule::equals_for_colon) {
            self.equals_for_colon(&pair);
        }
    }

    fn equals_for_colon(&mut self, pair: &Pair<'i>) {
        let span = self.span(pair);
        self.push(
            Diagnostic::new(F001, span, "`=` stands where a colon belongs").at("a name and what belongs to it are joined by `:`").replace(
                span,
                ":",
                "write `:`",
            ),
        );
    }

    /// A colon written where `=` belongs.
    pub fn equals(&mut self, kids: &mut Kids<'i>) {
        if let Some(pair) = kids.next_if(Rule::colon_for_equals) {
            let span = self.span(&pair);
            self.push(Diagnostic::new(F001, span, "`:` stands where `=` belongs").at("a value is given with `=`").replace(
                span,
                " =",
                "write `=`",
            ));
        }
    }

    fn ty(&mut self, kids: &mut Kids<'i>, within: Span) -> Type {
        let Some(pair) = kids.next_if(Rule::kind) else {
            self.internal(within, "a type");
            let unknown = Ident { span: within, text: SmolStr::default() };
            return Type { span: within, kind: TypeKind::Unknown(unknown), optional: false };
        };
        let span = self.span(&pair);
        let mut inner = Kids::of(pair);
        let kind = match inner.peek() {
            Some(Rule::one_of) => TypeKind::OneOf(inner.next().map_or_else(Vec::new, |pair| self.idents(&mut Kids::of(pair)))),
            Some(Rule::name) => {
                let name = self.ident(&mut inner, span);
                match name.text.as_str() {
                    "text" => TypeKind::Text,
                    "number" => TypeKind::Number,
                    "flag" => TypeKind::Flag,
                    "date" => TypeKind::Date,
                    "time" => TypeKind::Time,
                    "message" => TypeKind::Message,
                    _ => explain::unknown_type(self, name),
                }
            }
            _ => TypeKind::List,
        };
        let optional = inner.next_if(Rule::optional).is_some();
        Type { span, kind, optional }
    }

    /// `plan = free`: a value where the type stands.
    fn value_for_type(&mut self, kids: &mut Kids<'i>, name: &Ident) -> Option<Type> {
        if kids.peek() != Some(Rule::equals_for_colon) {
            return None;
        }
        let equals = kids.next_if(Rule::equals_for_colon)?;
        let word = kids.peek_text().trim();
        if kids.peek() != Some(Rule::kind) || words::TYPES.iter().any(|ty| word.trim_end_matches('?').starts_with(ty)) {
            self.equals_for_colon(&equals);
            return Some(self.ty(kids, name.span));
        }
        let span = kids.next().map_or(name.span, |pair| self.span(&pair));
        self.push(
            Diagnostic::new(F001, self.span(&equals).to(span), format!("what kind of thing `{}` is comes before its value", name.text))
                .at("a value without a type")
                .help(format!("write `{0} : text = \"{word}\"`, or `{0} : one of [{word}, …] = {word}`", name.text)),
        );
        Some(Type { span, kind: TypeKind::Unknown(Ident { span, text: SmolStr::new(word) }), optional: false })
    }

    fn attribute(&mut self, pair: Pair<'i>, span: Span) -> Built<Attribute> {
        let mut kids = Kids::of(pair);
        let name = self.ident(&mut kids, span);
        let label = self.quoted_if(&mut kids);
        let ty = if let Some(ty) = self.value_for_type(&mut kids, &name) {
            ty
        } else {
            self.colon(&mut kids);
            self.ty(&mut kids, span)
        };
        let mut attribute = Attribute { name, label, ty, default: None, fixed: None, ours: None, broken: None };
        for pair in kids.by_ref() {
            let place = self.span(&pair);
            match pair.as_rule() {
                Rule::default => {
                    let mut inner = Kids::of(pair);
                    self.equals(&mut inner);
                    let value = self.value(&mut inner);
                    if let Some(first) = &attribute.default {
                        let first = first.span;
                        self.twice("a default", first, place);
                    } else {
                        attribute.default = Some(value);
                    }
                }
                Rule::fixed => self.once(&mut attribute.fixed, "`fixed`", place),
                Rule::ours => self.once(&mut attribute.ours, "`ours`", place),
                _ => self.internal(place, "an attribute"),
            }
        }
        Some(attribute)
    }

    /// Notes the place of a word that may stand once.
    pub fn once(&mut self, slot: &mut Option<Span>, what: &str, place: Span) {
        match *slot {
            Some(first) => self.twice(what, first, place),
            None => *slot = Some(place),
        }
    }

    /// Reports a clause given twice.
    pub fn twice(&mut self, what: &str, first: Span, second: Span) {
        self.push(
            Diagnostic::new(F003, second, format!("{what} is given twice"))
                .at("given again here")
                .label(first, "given here already")
                .help("keep one of them"),
        );
        self.frame.damaged = true;
    }

    pub fn note_line(&mut self, pair: Pair<'i>, span: Span) -> Built<NoteItem> {
        Some(NoteItem::Note(self.quoted(&mut Kids::of(pair), span)))
    }

    fn notes(&mut self, kids: &mut Kids<'i>) -> Option<crate::ast::Block<NoteItem>> {
        self.body(kids, Rule::notes, Context::Note, Self::note_line)
    }

    fn event_declaration(&mut self, kids: &mut Kids<'i>, span: Span) -> Option<Event> {
        let head = self.head(kids, span, Context::Top)?;
        let mut clauses: Vec<Spanned<EventClause>> = Vec::new();
        while let Some(pair) = kids.next_if_any(&[Rule::touchpoint, Rule::ours, Rule::opt_out, Rule::rate]) {
            let place = self.span(&pair);
            let rule = pair.as_rule();
            let mut inner = Kids::of(pair);
            let (what, it) = match rule {
                Rule::touchpoint => ("`on`", EventClause::On(self.ident(&mut inner, place))),
                Rule::opt_out => ("`opt out of`", EventClause::OptOut(self.ident(&mut inner, place))),
                Rule::rate => ("`at most`", EventClause::AtMost(self.rate(&mut inner, place))),
                _ => ("`ours`", EventClause::Ours),
            };
            let same = |clause: &&Spanned<EventClause>| std::mem::discriminant(&clause.it) == std::mem::discriminant(&it);
            match clauses.iter().find(same) {
                Some(first) if rule != Rule::opt_out => {
                    let first = first.span;
                    self.twice(what, first, place);
                }
                _ => clauses.push(Spanned { span: place, it }),
            }
        }
        self.header(kids, span, Context::Top);
        Some(Event { head, clauses, body: self.notes(kids) })
    }

    fn rate(&mut self, kids: &mut Kids<'i>, span: Span) -> Rate {
        let count = self.count(kids, span);
        let per = match kids.next_if(Rule::single) {
            Some(pair) => {
                let place = self.span(&pair);
                let it = match Unit::from_word(pair.as_str()).filter(|unit| unit.singular() == pair.as_str()) {
                    Some(unit) => Duration::new(Number::from_whole(1).unwrap_or_default(), unit),
                    None => {
                        explain::unknown_period(self, place, pair.as_str());
                        Duration::new(Number::from_whole(1).unwrap_or_default(), Unit::Day)
                    }
                };
                Spanned { span: place, it: it.unwrap_or_else(|_| Duration::from_milliseconds(Unit::Day.milliseconds())) }
            }
            None => self.duration(kids, span),
        };
        Rate { count, per }
    }

    fn channel(&mut self, kids: &mut Kids<'i>, span: Span) -> Option<Channel> {
        let mut head = self.head(kids, span, Context::Top)?;
        self.no_params(&mut head, "a channel");
        self.header(kids, span, Context::Top);
        Some(Channel { head, body: self.body(kids, Rule::policy, Context::Policy, Self::policy_line) })
    }

    fn policy_line(&mut self, pair: Pair<'i>, span: Span) -> Built<ChannelItem> {
        let rule = pair.as_rule();
        let mut kids = Kids::of(pair);
        Some(match rule {
            Rule::needs => ChannelItem::Needs(self.ident(&mut kids, span)),
            Rule::cap => ChannelItem::AtMost { count: self.count(&mut kids, span), within: self.duration(&mut kids, span) },
            Rule::quiet => ChannelItem::Quiet { from: self.clock(&mut kids, span), to: self.clock(&mut kids, span) },
            _ => ChannelItem::Note(self.quoted(&mut kids, span)),
        })
    }

    fn message(&mut self, kids: &mut Kids<'i>, span: Span) -> Option<Message> {
        let head = self.head(kids, span, Context::Top)?;
        let channel = kids.next_if(Rule::by).map(|pair| {
            let place = self.span(&pair);
            self.ident(&mut Kids::of(pair), place)
        });
        self.header(kids, span, Context::Top);
        let body = self.body(kids, Rule::contents, Context::Content, Self::content);
        let Some(channel) = channel else {
            self.internal(span, "a message's channel");
            return None;
        };
        Some(Message { head, channel, body })
    }

    fn content(&mut self, pair: Pair<'i>, span: Span) -> Built<MessageItem> {
        let rule = pair.as_rule();
        let mut kids = Kids::of(pair);
        Some(match rule {
            Rule::template => MessageItem::Template(self.quoted(&mut kids, span)),
            Rule::transactional => MessageItem::Transactional,
            Rule::formerly => MessageItem::Formerly(self.ident(&mut kids, span)),
            _ => MessageItem::Note(self.quoted(&mut kids, span)),
        })
    }

    fn action(&mut self, kids: &mut Kids<'i>, span: Span) -> Option<Action> {
        let head = self.head(kids, span, Context::Top)?;
        self.header(kids, span, Context::Top);
        Some(Action { head, body: self.notes(kids) })
    }

    fn segment(&mut self, kids: &mut Kids<'i>, span: Span) -> Option<Segment> {
        let mut head = self.head(kids, span, Context::Top)?;
        self.no_params(&mut head, "a segment");
        let when = self.when(kids, span);
        self.header(kids, span, Context::Top);
        Some(Segment { head, when, body: self.notes(kids) })
    }

    fn score(&mut self, kids: &mut Kids<'i>, span: Span) -> Option<Score> {
        let mut head = self.head(kids, span, Context::Top)?;
        self.no_params(&mut head, "a score");
        self.header(kids, span, Context::Top);
        Some(Score { head, body: self.body(kids, Rule::points_block, Context::Points, Self::points_line)? })
    }

    fn points_line(&mut self, pair: Pair<'i>, span: Span) -> Built<ScoreItem> {
        let rule = pair.as_rule();
        let mut kids = Kids::of(pair);
        if rule == Rule::note {
            return Some(ScoreItem::Note(self.quoted(&mut kids, span)));
        }
        let points = match kids.next_if(Rule::signed_amount) {
            Some(pair) => self.points(&pair),
            None => {
                self.internal(span, "points");
                return None;
            }
        };
        let rule = match kids.next_if(Rule::every_without) {
            Some(pair) => {
                let mut inner = Kids::of(pair);
                ScoreRule::EveryWithout { period: self.duration(&mut inner, span), event: self.event(&mut inner, span) }
            }
            None => ScoreRule::Event(self.event(&mut kids, span)),
        };
        Some(ScoreItem::Points { points, rule })
    }

    fn points(&mut self, pair: &Pair<'i>) -> Spanned<Number> {
        let span = self.span(pair);
        let text = pair.as_str();
        let negative = text.starts_with('-');
        let digits = text.trim_start_matches(['+', '-']).trim_start();
        if digits.len() == text.len() {
            self.push(
                Diagnostic::new(F001, span, "points are written with their sign")
                    .at("add or take away?")
                    .replace(span, format!("+{digits}"), format!("write `+{digits}`"))
                    .safely(false),
            );
        }
        Spanned { span, it: self.number(span, digits, negative) }
    }

    fn play(&mut self, kids: &mut Kids<'i>, span: Span) -> Option<Play> {
        let head = self.head(kids, span, Context::Top)?;
        self.header(kids, span, Context::Top);
        Some(Play { head, body: self.steps(kids)? })
    }

    /// A text in quotes, its escapes resolved.
    pub fn text_of(&mut self, pair: &Pair<'i>) -> Text {
        let span = self.span(pair);
        let inner = pair.as_str().get(1..).and_then(|text| text.strip_suffix('"')).unwrap_or("");
        if !inner.contains('\\') {
            return Text { span, value: SmolStr::new(inner) };
        }
        let mut value = SmolStrBuilder::new();
        let mut letters = inner.chars();
        while let Some(letter) = letters.next() {
            if letter != '\\' {
                value.push(letter);
                continue;
            }
            match letters.next() {
                Some('n') => value.push('\n'),
                Some(quoted @ ('"' | '\\')) => value.push(quoted),
                Some(other) => {
                    value.push(other);
                    self.push(
                        Diagnostic::new(F001, span, format!("a text knows no `\\{other}`"))
                            .help("in a text stand `\\\"`, `\\\\` and `\\n` for a quote, a backslash and a new line"),
                    );
                }
                None => {}
            }
        }
        Text { span, value: value.finish() }
    }
}

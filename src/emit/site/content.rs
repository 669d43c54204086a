//! What a page says of a funnel, before any markup.

use super::{
    Certain, Known, Place, Program, short,
    uses::{How, Uses},
};
use crate::{
    diag::{Diagnostic, Severity},
    emit::svg::{self, Theme},
    picture::{
        agenda::Agenda,
        content::{name_of, opening, remarks},
        fold, journey,
        sheet::{self, Detail, Sheet, signs},
    },
    ruleset::{Channel, Door, Funnel, Reentry, RuleSet, Source, Stage, Type},
    units::Duration,
};

/// A finding as a page tells it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    pub severity: Severity,
    pub code: &'static str,
    pub message: String,
    pub help: Option<String>,
    /// The file and the line.
    pub place: String,
}

impl Finding {
    pub fn new(finding: &Diagnostic, program: &Program<'_>, base: &str) -> Self {
        let span = finding.primary.span;
        let line = program.sources.position(span).line;
        Self {
            severity: finding.severity,
            code: finding.code.id,
            message: finding.message.clone(),
            help: finding.help.clone(),
            place: format!("{}:{line}", short(program.sources.file(span.file).name(), base)),
        }
    }
}

/// A text that may lead somewhere.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Link {
    pub to: Option<String>,
    pub text: String,
}

/// A stage as a page tells it.
#[derive(Clone, Debug)]
pub struct Part {
    /// Its name in the language, which is also its place on the page.
    pub name: String,
    pub label: String,
    pub words: Vec<&'static str>,
    pub note: Option<String>,
    /// How people come in: from where, and when.
    pub doors: Vec<(Vec<Link>, String)>,
    /// Whether the run ends here.
    pub is_final: bool,
    /// What is hoped for and what is bounded.
    pub aims: Vec<String>,
    pub agendas: Vec<Agenda>,
    /// Where people go, and when.
    pub goes: Vec<(Link, String)>,
}

/// A thing that is used.
#[derive(Clone, Debug)]
pub struct Item {
    pub name: String,
    pub label: Option<String>,
    /// What it is.
    pub about: String,
    /// Other funnels that use it in the same way.
    pub also: Vec<Link>,
}

/// A page.
#[derive(Clone, Debug)]
pub struct Page {
    pub file: String,
    pub title: String,
    pub source: String,
    pub note: Option<String>,
    pub facts: Vec<String>,
    pub is_whole: bool,
    pub findings: Vec<Finding>,
    pub picture: String,
    pub stages: Vec<Part>,
    pub uses: Vec<(How, Vec<Item>)>,
    /// What other funnels make that is used here, and the other way round: a funnel, and what joins the two.
    pub from_others: Vec<(Link, String)>,
    pub to_others: Vec<(Link, String)>,
    pub promises: Vec<String>,
    /// What is proved without being asked.
    pub certain: Vec<String>,
}

impl Page {
    pub fn new(known: &Known<'_>, place: &Place<'_>, places: &[Place<'_>], base: &str) -> Option<Self> {
        let program = known.program;
        let rules = program.sketch.rules();
        let funnel = rules.funnels.iter().find(|funnel| funnel.name == place.funnel)?;
        let sheet = Sheet::new(rules, funnel, Detail::Actions, &known.notes);
        let declared = program.model.funnels.values().find(|it| it.name.text == funnel.name)?;
        let is_here = |finding: &&Diagnostic| finding.severity != Severity::Information && declared.span.contains(finding.primary.span);
        let others = Others::new(known, funnel, place, places)?;
        let certain = program.certain.iter().find(|it| it.funnel == funnel.name);
        let mut facts = vec![sheet.facts.first().cloned().unwrap_or_default(), runs(funnel), reentry(funnel)];
        facts.extend(sheet.facts.iter().skip(1).cloned());
        Some(Self {
            file: place.file.clone(),
            title: sheet.title.clone(),
            source: place.source.clone(),
            note: funnel.note.clone(),
            facts,
            is_whole: program.is_whole,
            findings: program.findings.iter().filter(is_here).map(|finding| Finding::new(finding, program, base)).collect(),
            picture: picture(&sheet),
            stages: funnel.stages.iter().enumerate().filter_map(|(n, stage)| part(funnel, stage, &sheet, n, certain)).collect(),
            uses: others.items(rules),
            from_others: others.joined(false),
            to_others: others.joined(true),
            promises: promises(funnel),
            certain: certain.map(|it| it.lines.clone()).unwrap_or_default(),
        })
    }
}

/// The journey without a head, for the page has one.
fn picture(sheet: &Sheet) -> String {
    let bare = Sheet { title: String::new(), facts: Vec::new(), findings: Vec::new(), banner: None, ..sheet.clone() };
    let mut scene = journey::scene(&fold::folded(bare), Detail::Actions);
    scene.title.clone_from(&sheet.title);
    svg::svg(&scene, Theme::Auto, true)
}

fn runs(funnel: &Funnel) -> String {
    funnel.key.as_ref().map_or_else(|| "one run at a time for each person".to_owned(), |key| format!("a run of its own for each {key}"))
}

fn reentry(funnel: &Funnel) -> String {
    let later = |ms: i64| Duration::from_milliseconds(ms);
    match &funnel.reentry {
        Reentry::Never => "nobody comes in a second time".to_owned(),
        Reentry::AfterLeaving => "who has left may come in again".to_owned(),
        Reentry::AfterLeavingMs(ms) => format!("who has left may come in again after {}", later(*ms)),
        Reentry::AfterStartingMs(ms) => format!("who has left may come in again {} after the start", later(*ms)),
        Reentry::RestartFrom(names) => {
            let names: Vec<&str> = names.iter().map(|name| label_of(funnel, name)).collect();
            format!("who has left may come in again, and who is in {} starts anew", names.join(" or "))
        }
    }
}

/// What people call a stage of that name.
fn label_of<'f>(funnel: &'f Funnel, name: &'f str) -> &'f str {
    funnel.stages.iter().find(|stage| stage.name == name).map_or(name, name_of)
}

fn promises(funnel: &Funnel) -> Vec<String> {
    let guarantees = funnel.guarantees.iter().map(|it| &it.sentence);
    guarantees.chain(funnel.assumptions.iter().map(|it| &it.sentence)).cloned().collect()
}

fn part(funnel: &Funnel, stage: &Stage, sheet: &Sheet, n: usize, certain: Option<&Certain>) -> Option<Part> {
    let figure = sheet.figures.get(n)?;
    let aims = remarks(stage).into_iter().map(|row| row.text).filter(|text| !text.starts_with("enters"));
    let open = stage.open_to.as_ref().map(|open| if open.is_empty() { "no channel".to_owned() } else { open.join(", ") });
    let stay = certain.and_then(|it| it.stays.iter().find(|(name, _)| *name == stage.name));
    let stay = stay.map(|(_, stay)| format!("one visit lasts {stay} at most, for certain"));
    Some(Part {
        name: stage.name.clone(),
        label: figure.name.clone(),
        words: figure.words.clone(),
        note: stage.note.clone(),
        is_final: stage.is_final,
        doors: stage.doors.iter().map(|door| entrance(funnel, door)).collect(),
        aims: aims.chain(open.map(|open| format!("open to {open}"))).chain(stay).collect(),
        agendas: figure.inside.agendas.clone(),
        goes: exits(funnel, sheet, n),
    })
}

/// Where people go from a stage, and when.
fn exits(funnel: &Funnel, sheet: &Sheet, n: usize) -> Vec<(Link, String)> {
    let when = |text: &str| {
        if text == "at once" || text.starts_with("after ") { text.to_owned() } else { format!("when {text}") }
    };
    let way = |link: &sheet::Link| {
        let (stage, figure) = (funnel.stages.get(link.to)?, sheet.figures.get(link.to)?);
        let opens: Vec<String> = link.when.iter().map(|text| when(text)).collect();
        Some((Link { to: Some(format!("#{}", stage.name)), text: figure.name.clone() }, opens.join(" or ")))
    };
    let mut all: Vec<(Link, String)> = sheet.links.iter().filter(|link| link.from == n).filter_map(way).collect();
    let Some(inside) = sheet.figures.get(n).map(|figure| &figure.inside).filter(|inside| !inside.is_final) else { return all };
    for (stage, figure) in funnel.stages.iter().zip(&sheet.figures).enumerate().filter(|(m, _)| *m != n).map(|(_, it)| it) {
        let link = || Link { to: Some(format!("#{}", stage.name)), text: figure.name.clone() };
        all.extend(figure.inside.anywhere.iter().map(|said| (link(), when(&said.text))));
    }
    let out = || Link { to: None, text: "out of the funnel".to_owned() };
    all.extend(inside.leaves.iter().map(|leave| (out(), when(&leave.text))));
    all
}

/// From where a door leads, and when it opens.
fn entrance(funnel: &Funnel, door: &Door) -> (Vec<Link>, String) {
    let plain = |text: &str| vec![Link { to: None, text: text.to_owned() }];
    let from = match &door.from {
        Source::Outside => plain("from outside"),
        Source::Anywhere => plain("from any other stage"),
        Source::AnywhereOrOutside => plain("from any other stage or from outside"),
        Source::Stages(names) => {
            let stage = |name: &String| Link { to: Some(format!("#{name}")), text: label_of(funnel, name).to_owned() };
            names.iter().map(stage).collect()
        }
    };
    let when = opening(&door.sentence, true);
    (from, if when.is_empty() { "at once".to_owned() } else { signs(&when) })
}

/// The funnel among the others of its program.
struct Others<'a> {
    funnel: &'a Funnel,
    mine: &'a Uses,
    others: Vec<(&'a Funnel, &'a Uses, Link)>,
}

impl<'a> Others<'a> {
    fn new(known: &'a Known<'_>, funnel: &'a Funnel, place: &Place<'_>, places: &[Place<'_>]) -> Option<Self> {
        let link = |funnel: &Funnel| {
            let same = |other: &&Place<'_>| other.funnel == funnel.name;
            // In the same program first; where each file is one, the page of a funnel is made from its own file.
            let found = places.iter().find(|it| same(it) && it.program == place.program).or_else(|| {
                let mut named = places.iter().filter(same);
                named.next().filter(|_| named.next().is_none())
            });
            Link { to: found.map(|it| it.file.clone()), text: funnel.label.clone().unwrap_or_else(|| funnel.name.clone()) }
        };
        let all = || known.program.sketch.rules().funnels.iter().zip(&known.uses);
        let mine = all().find(|(it, _)| it.name == funnel.name).map(|(_, uses)| uses)?;
        let others = all().filter(|(it, _)| it.name != funnel.name).map(|(it, uses)| (it, uses, link(it))).collect();
        Some(Self { funnel, mine, others })
    }

    /// What joins funnels: what one makes and the other goes by. `there` says whether it is the other one that goes by it.
    fn joined(&self, there: bool) -> Vec<(Link, String)> {
        let mut joined = Vec::new();
        for (other, theirs, link) in &self.others {
            let (makers, users) = if there { (self.mine, *theirs) } else { (*theirs, self.mine) };
            let (from, to) = if there { (self.funnel, *other) } else { (*other, self.funnel) };
            for (how, name) in makers {
                let (used, words) = match how {
                    How::Records => (How::Hears, format!("the event {name} that is recorded")),
                    How::Writes => (How::Reads, format!("the attribute {name} that is set")),
                    How::Sends => (How::Follows, format!("whether the message {name} arrived")),
                    How::By | How::Asks | How::Hears | How::Follows | How::Reads | How::Segment | How::Score => continue,
                };
                if users.contains(&(used, name.clone())) {
                    joined.push((link.clone(), words));
                }
            }
            for feed in from.stages.iter().flat_map(|stage| &stage.feeds) {
                if let Some(stage) = to.stages.iter().find(|stage| stage.id == feed.stage) {
                    joined.push((link.clone(), format!("people that are brought into {} by {}", name_of(stage), feed.by)));
                }
            }
        }
        joined
    }

    /// What is used, kind by kind.
    fn items(&self, rules: &RuleSet) -> Vec<(How, Vec<Item>)> {
        let mut kinds: Vec<(How, Vec<Item>)> = Vec::new();
        for used in self.mine {
            let (how, name) = used;
            let (label, about) = told(rules, *how, name);
            let also = self.others.iter().filter(|(_, theirs, _)| theirs.contains(used)).map(|(.., link)| link.clone()).collect();
            let item = Item { name: name.clone(), label, about, also };
            match kinds.last_mut() {
                Some((last, items)) if last == how => items.push(item),
                _ => kinds.push((*how, vec![item])),
            }
        }
        kinds
    }
}

/// What people call a thing, and what it is.
fn told(rules: &RuleSet, how: How, name: &str) -> (Option<String>, String) {
    let about = |parts: Vec<Option<String>>| parts.into_iter().flatten().collect::<Vec<_>>().join("; ");
    let found = match how {
        How::Sends | How::Follows => rules.messages.iter().find(|it| it.name == name).map(|it| {
            let kind = it.transactional.then(|| "transactional: no cap, quiet hour or consent applies".to_owned());
            (it.label.clone(), about(vec![Some(format!("by {}", it.channel)), kind, it.note.clone()]))
        }),
        How::By => rules.channels.iter().find(|it| it.name == name).map(|it| (it.label.clone(), about(vec![policy(it), it.note.clone()]))),
        How::Asks => rules.actions.iter().find(|it| it.name == name).map(|it| (it.label.clone(), about(vec![it.note.clone()]))),
        How::Hears | How::Records => {
            rules.events.iter().find(|it| it.name == name).map(|it| (it.label.clone(), about(vec![it.note.clone()])))
        }
        How::Reads | How::Writes => rules.attributes.iter().find(|it| it.name == name).map(|it| (it.label.clone(), type_in_words(&it.ty))),
        How::Segment => rules
            .segments
            .iter()
            .find(|it| it.name == name)
            .map(|it| (it.label.clone(), about(vec![Some(signs(&it.sentence)), it.note.clone()]))),
        How::Score => rules.scores.iter().find(|it| it.name == name).map(|it| {
            let lines: Vec<&str> = it.lines.iter().map(|line| line.sentence.as_str()).collect();
            (it.label.clone(), about(vec![Some(lines.join("; ")), it.note.clone()]))
        }),
    };
    found.unwrap_or_default()
}

fn policy(channel: &Channel) -> Option<String> {
    let mut parts: Vec<String> = channel.needs.iter().map(|needs| format!("needs {needs}")).collect();
    parts.extend(channel.caps.iter().map(|cap| format!("at most {} within {}", cap.count, Duration::from_milliseconds(cap.within_ms))));
    parts.extend(channel.quiet.iter().map(|quiet| format!("quiet from {} to {}", quiet.from, quiet.to)));
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn type_in_words(ty: &Type) -> String {
    match ty {
        Type::Text => "text".to_owned(),
        Type::Number => "number".to_owned(),
        Type::Flag => "yes or no".to_owned(),
        Type::Date => "a day".to_owned(),
        Type::Time => "an instant".to_owned(),
        Type::OneOf(words) => format!("one of {}", words.join(", ")),
        Type::List => "a list of texts".to_owned(),
    }
}

//! From an analysis to the bytes of a picture.

use super::{Args, Engine, Form, View, counts, coverage, engine, proof};
use crate::{
    cli::{Failure, diff::Version, io},
    diag::nearest,
    emit::{self, dot, mermaid, svg, text},
    lower::{self, Sketch},
    picture::{
        bands, diff, fold, journey, lanes,
        notes::Notes,
        scene::Scene,
        sheet::{Detail, Figure, Sheet},
        timeline,
    },
    ruleset::RuleSet,
    workspace::Analysis,
};

/// The width of text where no terminal says one.
const WIDTH: usize = 100;

/// What is drawn, before it has a form.
pub struct Drawing<'a> {
    args: &'a Args,
    sketch: Sketch,
    notes: Notes,
    /// The older version, if one is compared with.
    old: Option<RuleSet>,
}

impl<'a> Drawing<'a> {
    /// Reads what is laid over the picture.
    pub fn new(args: &'a Args, analysis: &'a Analysis) -> Result<Self, Failure> {
        // What the checker found is drawn too: a trap or a stage nobody reaches is easiest seen in the picture.
        let sketch = lower::sketch(&analysis.model, &analysis.sources);
        let mut notes = emit::notes::notes(&analysis.model, &analysis.diagnostics, &analysis.sources);
        if !analysis.is_whole {
            notes.banner = Some("this file has errors: only what could be read of it is drawn".to_owned());
        }
        notes.counts = args.counts.as_deref().map(|path| counts::read(path, sketch.rules())).transpose()?;
        notes.covered = args.coverage.as_deref().map(|path| coverage::read(path, sketch.rules())).transpose()?;
        notes.traced = args.proof.as_deref().map(|words| proof::read(words, analysis)).transpose()?;
        let old = args.diff.as_deref().map(|path| old_version(path, &args.paths)).transpose()?;
        Ok(Self { args, sketch, notes, old })
    }

    /// Whether there is anything to draw.
    pub fn is_empty(&self) -> bool {
        self.sketch.rules().funnels.is_empty() && self.old.as_ref().is_none_or(|old| old.funnels.is_empty())
    }

    /// The bytes of the picture in a form.
    pub fn bytes(&self, form: Form) -> Result<Vec<u8>, Failure> {
        let (theme, transparent) = (self.args.theme(), self.args.transparent);
        self.fits(form)?;
        engine::fits(self.args, form)?;
        let is_dot = self.args.engine == Engine::Dot;
        Ok(match form {
            Form::Dot => self.dot().into_bytes(),
            Form::Mermaid => self.chart().into_bytes(),
            Form::Text => self.text()?.into_bytes(),
            Form::Svg if is_dot => engine::drawn(self.dot(), "svg")?,
            Form::Svg => svg::svg(&self.scene()?, theme, transparent).into_bytes(),
            #[cfg(feature = "png")]
            Form::Png if is_dot => engine::drawn(self.dot(), "png")?,
            #[cfg(feature = "png")]
            Form::Png => {
                let drawn = emit::png::png(&self.scene()?, theme, transparent, 200);
                let drawn = drawn.map_err(|error| Failure::World(error.to_string()))?;
                tell_missing(&drawn.missing);
                drawn.bytes
            }
        })
    }

    /// The flowchart, for a page.
    pub fn chart(&self) -> String {
        mermaid::mermaid(&self.folded())
    }

    fn dot(&self) -> String {
        let style =
            dot::Style { theme: self.args.theme(), transparent: self.args.transparent, is_full: self.args.detail.detail() == Detail::Full };
        dot::dot(&self.folded(), style)
    }

    fn fits(&self, form: Form) -> Result<(), Failure> {
        let (takes_views, takes_colours) = match form {
            Form::Svg => (true, true),
            #[cfg(feature = "png")]
            Form::Png => (true, true),
            Form::Text => (true, false),
            Form::Dot => (false, true),
            Form::Mermaid => (false, false),
        };
        if self.args.view != View::Journey && !takes_views {
            return Err(Failure::Usage(
                "Graphviz and Mermaid are given the journey: leave out `--view`, or take SVG, PNG or text for this view".to_owned(),
            ));
        }
        if (self.args.theme.is_some() || self.args.transparent) && !takes_colours {
            return Err(Failure::Usage(
                "text and Mermaid have the colours of where they are shown: leave out `--theme` and `--transparent`".to_owned(),
            ));
        }
        Ok(())
    }

    /// All funnels, compared as asked for.
    fn sheets(&self, detail: Detail) -> Vec<Sheet> {
        let sheets = |rules: &RuleSet, notes: &Notes| -> Vec<Sheet> {
            rules.funnels.iter().map(|funnel| Sheet::new(rules, funnel, detail, notes)).collect()
        };
        let new = sheets(self.sketch.rules(), &self.notes);
        let Some(old) = &self.old else { return new };
        let before = sheets(old, &Notes::default());
        let is_gone = |sheet: &&Sheet| new.iter().all(|other| other.name != sheet.name);
        let gone: Vec<Sheet> = before.iter().filter(is_gone).map(diff::gone).collect();
        let compare = |sheet: Sheet| {
            let old = before.iter().find(|other| other.name == sheet.name);
            diff::compared(sheet, old)
        };
        new.into_iter().map(compare).chain(gone).collect()
    }

    /// All funnels in the detail asked for, folded where that is too much.
    fn folded(&self) -> Vec<Sheet> {
        self.fold(self.sheets(self.args.detail.detail()))
    }

    fn fold(&self, sheets: Vec<Sheet>) -> Vec<Sheet> {
        if self.args.expand { sheets } else { sheets.into_iter().map(fold::folded).collect() }
    }

    fn scene(&self) -> Result<Scene, Failure> {
        let detail = self.args.detail.detail();
        let scenes = match &self.args.view {
            View::Journey => self.folded().iter().map(|sheet| journey::scene(sheet, detail)).collect(),
            View::Funnel => self.fold(self.sheets(Detail::Actions)).iter().map(bands::scene).collect(),
            View::Lanes => self.sheets(Detail::Actions).iter().map(lanes::scene).collect(),
            View::Stage(name) => self.stage(name)?.iter().map(|(sheet, n)| timeline::scene(sheet, *n)).collect(),
        };
        Ok(Scene::stacked(scenes))
    }

    fn text(&self) -> Result<String, Failure> {
        let width = io::terminal_width().unwrap_or(WIDTH);
        Ok(match &self.args.view {
            View::Journey => text::text(&self.folded(), width),
            View::Funnel => text::bands(&self.fold(self.sheets(Detail::Actions)), width),
            View::Lanes => text::lanes(&self.sheets(Detail::Actions), width),
            View::Stage(name) => text::stages(&self.stage(name)?, width),
        })
    }

    /// The stage of that name, or of that label, or of `funnel/name`, and the sheet it stands on.
    fn stage(&self, name: &str) -> Result<Vec<(Sheet, usize)>, Failure> {
        let sheets = self.sheets(Detail::Actions);
        let short = |figure: &Figure| figure.id.rsplit('/').next().unwrap_or_default().to_owned();
        let is_it = |figure: &Figure| figure.is_stage() && (figure.id == name || figure.name == name || short(figure) == name);
        let mut found = Vec::new();
        for sheet in &sheets {
            let places = sheet.figures.iter().enumerate().filter(|(_, figure)| is_it(figure));
            found.extend(places.map(|(n, _)| (sheet.clone(), n)));
        }
        if found.is_empty() {
            let names: Vec<String> = sheets.iter().flat_map(|sheet| &sheet.figures).filter(|it| it.is_stage()).map(short).collect();
            let meant =
                nearest(name, names.iter().map(String::as_str)).map_or_else(String::new, |meant| format!("; did you mean `{meant}`?"));
            return Err(Failure::Usage(format!("no stage is called `{name}`{meant}")));
        }
        Ok(found)
    }
}

/// The older version that is compared with: funnel files, a rule set, or these paths as of a git reference.
fn old_version(path: &str, paths: &[String]) -> Result<RuleSet, Failure> {
    let version = match path.strip_prefix("git:") {
        Some(reference) => Version::read_from_git(reference, paths)?,
        None => Version::read(&[path.to_owned()])?,
    };
    Ok(version.rules)
}

/// Says which letters stand nowhere in the picture.
#[cfg(feature = "png")]
fn tell_missing(missing: &std::collections::BTreeSet<char>) {
    if missing.is_empty() {
        return;
    }
    let letters: Vec<String> = missing.iter().take(8).map(|letter| format!("`{letter}`")).collect();
    let more = if missing.len() > 8 { format!(" and {} more", missing.len() - 8) } else { String::new() };
    eprintln!(
        "funnelc: warning F997: no font here can draw {}{more}, so boxes stand in the picture; install a font for them, or draw SVG",
        letters.join(", ")
    );
}

//! From an analysis to the bytes of a picture.

use super::{Args, Form, View, counts};
use crate::{
    cli::{Failure, io},
    diag::nearest,
    emit::{self, mermaid, svg, text},
    lower::{self, Sketch},
    picture::{
        bands,
        content::{Content, name_of},
        diff, fold, journey, lanes,
        notes::Notes,
        scene::Scene,
        sheet::{Detail, Sheet},
        timeline,
    },
    ruleset::{Funnel, RuleSet},
    workspace::Analysis,
};

/// The width of text where no terminal says one.
const WIDTH: usize = 100;

/// What is drawn, before it has a form.
pub struct Drawing<'a> {
    pub args: &'a Args,
    pub analysis: &'a Analysis,
    sketch: Sketch,
    notes: Notes,
    /// The older version, if one is compared with.
    old: Option<Sketch>,
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
        let old = args.diff.as_deref().map(old_version).transpose()?;
        Ok(Self { args, analysis, sketch, notes, old })
    }

    /// Whether there is anything to draw.
    pub fn is_empty(&self) -> bool {
        self.sketch.rules().funnels.is_empty() && self.old.as_ref().is_none_or(|old| old.rules().funnels.is_empty())
    }

    /// The bytes of the picture in a form.
    pub fn bytes(&self, form: Form) -> Result<Vec<u8>, Failure> {
        let theme = self.args.theme();
        self.fits(form)?;
        Ok(match form {
            Form::Dot => emit::dot::sketch(&self.sketch, &self.analysis.model, &self.analysis.diagnostics).into_bytes(),
            Form::Mermaid => mermaid::mermaid(&self.sheets()).into_bytes(),
            Form::Text => text::text(&self.sheets(), io::terminal_width().unwrap_or(WIDTH)).into_bytes(),
            Form::Svg => svg::svg(&self.scene()?, theme, self.args.transparent).into_bytes(),
            #[cfg(feature = "png")]
            Form::Png => {
                let drawn = emit::png::png(&self.scene()?, theme, self.args.transparent, 200);
                let drawn = drawn.map_err(|error| Failure::World(error.to_string()))?;
                tell_missing(&drawn.missing);
                drawn.bytes
            }
        })
    }

    /// The flowchart, for a page.
    pub fn chart(&self) -> String {
        mermaid::mermaid(&self.sheets())
    }

    fn fits(&self, form: Form) -> Result<(), Failure> {
        let (is_drawn, is_dot) = match form {
            Form::Svg => (true, false),
            #[cfg(feature = "png")]
            Form::Png => (true, false),
            Form::Dot => (false, true),
            Form::Mermaid | Form::Text => (false, false),
        };
        if self.args.view != View::Journey && !is_drawn {
            return Err(Failure::Usage("this view is drawn as SVG or PNG: name such an output, or `--format svg`".to_owned()));
        }
        if self.args.diff.is_some() && !matches!(self.args.view, View::Journey) {
            return Err(Failure::Usage("changes are shown on the journey: leave out `--view`".to_owned()));
        }
        let laid_over = self.args.counts.is_some() || self.args.diff.is_some();
        if is_dot && laid_over {
            return Err(Failure::Usage("`--counts` and `--diff` are not drawn for Graphviz: take another form".to_owned()));
        }
        Ok(())
    }

    fn sheet(&self, rules: &RuleSet, funnel: &Funnel, notes: &Notes) -> Sheet {
        Sheet::new(rules, funnel, self.detail(), notes)
    }

    fn detail(&self) -> Detail {
        self.args.detail.detail()
    }

    /// All funnels, compared and folded as asked for.
    fn sheets(&self) -> Vec<Sheet> {
        let rules = self.sketch.rules();
        let new = rules.funnels.iter().map(|funnel| self.sheet(rules, funnel, &self.notes));
        let sheets: Vec<Sheet> = match &self.old {
            None => new.collect(),
            Some(old) => {
                let rules = old.rules();
                let before: Vec<Sheet> = rules.funnels.iter().map(|funnel| self.sheet(rules, funnel, &Notes::default())).collect();
                let new: Vec<Sheet> = new.collect();
                let is_gone = |sheet: &&Sheet| new.iter().all(|other| other.name != sheet.name);
                let gone: Vec<Sheet> = before.iter().filter(is_gone).map(diff::gone).collect();
                let compare = |sheet: Sheet| {
                    let old = before.iter().find(|other| other.name == sheet.name);
                    diff::compared(sheet, old)
                };
                new.into_iter().map(compare).chain(gone).collect()
            }
        };
        if self.args.expand { sheets } else { sheets.into_iter().map(fold::folded).collect() }
    }

    fn scene(&self) -> Result<Scene, Failure> {
        let rules = self.sketch.rules();
        Ok(match &self.args.view {
            View::Journey => Scene::stacked(self.sheets().iter().map(|sheet| journey::scene(sheet, self.detail())).collect()),
            View::Funnel => {
                let sheet = |funnel| Sheet::new(rules, funnel, Detail::Actions, &self.notes);
                let fold = |sheet| if self.args.expand { sheet } else { fold::folded(sheet) };
                Scene::stacked(rules.funnels.iter().map(|funnel| bands::scene(&fold(sheet(funnel)))).collect())
            }
            View::Lanes => {
                let scene = |funnel| lanes::scene(&self.sheet(rules, funnel, &self.notes), &Content::new(rules, funnel));
                Scene::stacked(rules.funnels.iter().map(scene).collect())
            }
            View::Stage(name) => self.stage(name)?,
        })
    }

    /// The stage of that name, or of that label, or of `funnel/name`.
    fn stage(&self, name: &str) -> Result<Scene, Failure> {
        let rules = self.sketch.rules();
        let mut found = Vec::new();
        for funnel in &rules.funnels {
            for (n, stage) in funnel.stages.iter().enumerate() {
                if stage.name == name || stage.id == name || name_of(stage) == name {
                    found.push(timeline::scene(&self.sheet(rules, funnel, &self.notes), &Content::new(rules, funnel), n));
                }
            }
        }
        if found.is_empty() {
            let names = rules.funnels.iter().flat_map(|funnel| &funnel.stages).map(|stage| stage.name.as_str());
            let meant = nearest(name, names).map_or_else(String::new, |meant| format!("; did you mean `{meant}`?"));
            return Err(Failure::Usage(format!("no stage is called `{name}`{meant}")));
        }
        Ok(Scene::stacked(found))
    }
}

/// The older version that is compared with.
fn old_version(path: &str) -> Result<Sketch, Failure> {
    let analysis = crate::cli::args::analysis_of(&[path.to_owned()])?;
    if !analysis.is_whole {
        return Err(Failure::World(format!("`{path}` cannot be compared with, for it has errors: `funnelc check {path}` shows them")));
    }
    Ok(lower::sketch(&analysis.model, &analysis.sources))
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
        "funnelc: warning F997: no font here has {}{more}, so they are missing in the picture; install a font for them, or draw SVG",
        letters.join(", ")
    );
}

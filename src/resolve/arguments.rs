//! What is handed over: every parameter that needs a value gets one of its type.

use super::{
    F103, F201, F207, Resolver,
    finding::{DiagnosticExt, listed},
    missing::Facts,
    scope::Scope,
    types::{fits, in_words},
};
use crate::{
    ast::{Arg, Ident},
    diag::Diagnostic,
    model::{Argument, Property, Term, TermKind, Type},
    source::Span,
};
use smol_str::SmolStr;

/// What takes values.
pub(super) struct Taker<'t> {
    /// In words: "the message `receipt`".
    pub words: String,
    /// Its parameters.
    pub declared: &'t [Property],
    /// Where it is declared.
    pub place: Option<Span>,
    /// Whether what is left out is fine, as in `expect sent …`.
    pub partial: bool,
}

impl Resolver<'_> {
    /// The values handed over, in the order written. `at` is the place that hands over.
    pub(super) fn arguments(
        &mut self,
        taker: &Taker<'_>,
        args: Option<&Vec<Arg>>,
        at: Span,
        scope: Scope<'_>,
        facts: &Facts,
    ) -> Vec<Argument> {
        let mut seen: Vec<&Ident> = Vec::new();
        let mut given = Vec::new();
        let mut unknown = false;
        for arg in args.into_iter().flatten() {
            let Some(declared) = taker.declared.iter().find(|declared| declared.name == arg.name.text) else {
                self.value(&arg.value, scope, None);
                self.unknown_argument(taker, &arg.name);
                unknown = true;
                continue;
            };
            if let Some(first) = seen.iter().find(|first| first.text == arg.name.text) {
                self.report(
                    Diagnostic::new(F103, arg.name.span, format!("`{}` is handed over twice", arg.name.text))
                        .label(first.span, "first here")
                        .help("keep one of the two"),
                );
                continue;
            }
            seen.push(&arg.name);
            self.note_member(arg.name.span, declared.span);
            let value = self.value(&arg.value, scope, Some(&declared.ty));
            let value = self.checked_argument(taker, declared, value, scope, facts);
            given.push(Argument { name: arg.name.text.clone(), value });
        }
        // A misspelt name is the reason why its value seems to be left out.
        if !taker.partial && !unknown {
            self.left_out(taker, &seen, at);
        }
        given
    }

    fn checked_argument(&mut self, taker: &Taker<'_>, declared: &Property, value: Term, scope: Scope<'_>, facts: &Facts) -> Term {
        if !fits(&declared.ty, &value.ty) {
            let (wanted, is) = (in_words(&declared.ty), in_words(&value.ty));
            let mut finding =
                Diagnostic::new(F201, value.span, format!("{} wants `{}` to be {wanted}, and this is {is}", taker.words, declared.name))
                    .at(is.clone());
            if let Some(place) = declared.span {
                finding = finding.label(place, format!("declared as {wanted} here"));
            }
            finding = match (&declared.ty, &value.ty) {
                (Type::Text, _) => finding.help("a text stands in quotes"),
                (Type::Time, Type::Date) => finding.help("say the time of day too: `2026-03-02 10:00`"),
                _ => finding.help(format!("hand over {wanted}")),
            };
            self.report(finding);
            return super::types::broken(value.span);
        }
        if !declared.optional
            && let Some(missing) = self.missing(&value, scope.place, facts)
        {
            let mut finding = Diagnostic::new(F207, value.span, format!("{}, and {} needs `{}`", missing.why, taker.words, declared.name))
                .help(format!(
                    "make sure of it first, as in `if {} {{ … }}`, or let the parameter be missing: `{} : …?`",
                    missing.guard, declared.name
                ));
            if let Some(place) = declared.span {
                finding = finding.label(place, "declared without `?` here, so it must be there");
            }
            self.report(finding);
        }
        value
    }

    fn unknown_argument(&mut self, taker: &Taker<'_>, name: &Ident) {
        let near = self.suggest(&name.text, taker.declared.iter().map(|declared| declared.name.as_str()));
        let mut finding = Diagnostic::new(F207, name.span, format!("{} takes no `{}`", taker.words, name.text));
        if let Some(place) = taker.place {
            finding = finding.label(place, "declared here");
        }
        finding = if taker.declared.is_empty() {
            finding.note("it takes nothing")
        } else {
            finding.note(format!("it takes {}", listed(taker.declared.iter().map(|declared| declared.name.as_str()), "and")))
        };
        self.report(match near {
            Some(near) => finding.help(format!("did you mean `{near}`?")).offer(name.span, near.as_str(), format!("write `{near}`")),
            None => finding.help("take it out, or declare it"),
        });
    }

    fn left_out(&mut self, taker: &Taker<'_>, seen: &[&Ident], at: Span) {
        let missing: Vec<&SmolStr> = taker
            .declared
            .iter()
            .filter(|declared| !declared.optional)
            .map(|declared| &declared.name)
            .filter(|name| !seen.iter().any(|given| given.text == **name))
            .collect();
        if missing.is_empty() {
            return;
        }
        let names = listed(missing.iter().map(|name| name.as_str()), "and");
        let example: Vec<String> = missing.iter().map(|name| format!("{name}: …")).collect();
        let mut finding = Diagnostic::new(F207, at, format!("{} needs {names}, which nothing hands over", taker.words))
            .help(format!("hand it over in parentheses: `({})`", example.join(", ")));
        if let Some(place) = taker.place {
            finding = finding.label(place, "declared here");
        }
        self.report(finding);
    }

    /// The values for a play's parameters, in declared order.
    pub(super) fn by_parameter(declared: &[Property], given: Vec<Argument>, at: Span) -> Vec<Term> {
        declared
            .iter()
            .map(|parameter| match given.iter().find(|argument| argument.name == parameter.name) {
                Some(argument) => {
                    // What may be missing was reported; inside the play it counts as declared.
                    let mut value = argument.value.clone();
                    value.optional &= parameter.optional;
                    value
                }
                None if parameter.optional => Term { span: at, kind: TermKind::Missing, ty: parameter.ty.clone(), optional: true },
                None => super::types::broken(at),
            })
            .collect()
    }
}

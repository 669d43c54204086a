//! The friendliest values of a set: what a person would name as an example.

use super::{
    Var, VarKind,
    set::{Key, ValueSet},
    solver::Solver,
    value::key_of_literal,
};
use crate::{model::Type, units::Unit};

/// Values of the set, the friendliest first. At least one if the set has any.
pub(super) fn friendly(solver: &Solver<'_>, var: Var, set: &ValueSet) -> Vec<Option<Key>> {
    let mut found: Vec<Option<Key>> = Vec::new();
    let mut add = |value: Option<Key>| {
        let inside = value.as_ref().map_or(set.has_missing(), |it| set.contains(it));
        if inside && !found.contains(&value) {
            found.push(value);
        }
    };
    let ty = solver.type_of(var);
    let kind = solver.kind(var);
    if let VarKind::Attribute(id) = &kind {
        let attribute = &solver.model.attributes[*id];
        add(attribute.default.as_ref().and_then(|it| key_of_literal(it, &attribute.ty)));
    }
    if kind == VarKind::Happening {
        add(Some(Key::Int(0)));
    }
    let step = step_of(&ty, &kind);
    let small = set.intervals().filter(|it| matches!(it, (Some(_), Some(_))));
    let large = set.intervals().filter(|it| !matches!(it, (Some(_), Some(_))));
    if matches!(kind, VarKind::Since(_) | VarKind::Latest(..)) {
        add(None);
    }
    for (low, high) in small.chain(large).take(64) {
        for value in inside(low, high, step) {
            add(Some(value));
        }
    }
    add(None);
    for value in [Some(Key::Text("other".into())), Some(Key::Text("something else".into())), Some(Key::Int(0))] {
        if matches!((&value, super::var::is_text(&ty)), (Some(Key::Text(_)), true) | (Some(Key::Int(_)), false)) {
            add(value);
        }
    }
    for (low, high) in set.intervals() {
        add(low.cloned());
        if let Some(Key::Int(high)) = high {
            add(high.checked_sub(1).map(Key::Int));
        }
    }
    found
}

/// What people count this in.
fn step_of(ty: &Type, kind: &VarKind) -> &'static [i64] {
    match (kind, ty) {
        (VarKind::Count(..) | VarKind::Order(..) | VarKind::Happening, _) => &[1],
        (_, Type::Number) => &[1_000_000],
        (_, Type::Duration | Type::Time) => {
            const STEPS: [i64; 3] = [Unit::Day.milliseconds(), Unit::Hour.milliseconds(), Unit::Minute.milliseconds()];
            &STEPS
        }
        (_, Type::Text | Type::Flag | Type::Date | Type::OneOf(_) | Type::List | Type::Message | Type::Unknown) => &[1],
    }
}

/// Round values of an interval, near its bounds.
fn inside(low: Option<&Key>, high: Option<&Key>, steps: &[i64]) -> Vec<Key> {
    match (low, high) {
        (Some(Key::Text(low)), Some(Key::Text(high))) if !high.ends_with('\0') => {
            // The texts that start with something: with a little behind it.
            vec![Key::Text(format!("{low}1").into()), Key::Text(low.clone())]
        }
        (Some(Key::Text(low)), _) if !low.ends_with('\0') && !low.is_empty() => vec![Key::Text(low.clone())],
        (Some(Key::Int(low)), high) => {
            let mut values: Vec<Key> = Vec::new();
            for step in steps {
                // Behind the bound, a whole step, or two where the first is none at all.
                let up = if low.rem_euclid(*step) == 0 { Some(*low) } else { low.checked_add(step - low.rem_euclid(*step)) };
                let first = up.filter(|up| *up != 0 || *step == 1 || high.is_none());
                values.extend(first.or_else(|| up.and_then(|up| up.checked_add(*step))).map(Key::Int));
            }
            if let Some(Key::Int(high)) = high {
                values.extend(steps.iter().filter_map(|step| high.checked_sub(1).map(|it| Key::Int(it - it.rem_euclid(*step)))));
            }
            if *low == i64::MIN {
                values.reverse();
            }
            values
        }
        _ => Vec::new(),
    }
}

//! Which branches of one list stand for which of another.

/// Pairs items in order: those that are the same, and between them those that are left, one by one.
pub(super) fn paired<'r, T>(old: &'r [T], new: &'r [T], same: impl Fn(&T, &T) -> bool) -> Vec<(Option<&'r T>, Option<&'r T>)> {
    let mut anchors: Vec<(usize, usize)> = Vec::new();
    let mut from = 0;
    for (o, before) in old.iter().enumerate() {
        if let Some(n) = new.iter().enumerate().skip(from).find(|(_, now)| same(before, now)).map(|(n, _)| n) {
            anchors.push((o, n));
            from = n + 1;
        }
    }
    anchors.push((old.len(), new.len()));
    let (mut o, mut n) = (0, 0);
    let mut pairs = Vec::new();
    for (to_old, to_new) in anchors {
        while o < to_old || n < to_new {
            pairs.push(((o < to_old).then(|| old.get(o)).flatten(), (n < to_new).then(|| new.get(n)).flatten()));
            (o, n) = ((o + 1).min(to_old), (n + 1).min(to_new));
        }
        if let (Some(before), Some(now)) = (old.get(to_old), new.get(to_new)) {
            pairs.push((Some(before), Some(now)));
            (o, n) = (to_old + 1, to_new + 1);
        }
    }
    pairs
}

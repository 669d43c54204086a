//! What of an older rule set goes on as what in a newer one: by its name, else by `formerly`.

/// The place in `new` of what each of `old` has become: that of the same name, else the first that says `formerly` of it. Unless
/// several may merge into one, that counts only where the older rules do not know the newer name.
pub fn heirs<T>(old: &[T], new: &[T], name: fn(&T) -> &str, formerly: fn(&T) -> Option<&str>, may_merge: bool) -> Vec<Option<usize>> {
    let is_known = |wanted: &str| old.iter().any(|it| name(it) == wanted);
    let heir = |it: &T| {
        let same = new.iter().position(|other| name(other) == name(it));
        same.or_else(|| new.iter().position(|other| formerly(other) == Some(name(it)) && (may_merge || !is_known(name(other)))))
    };
    old.iter().map(heir).collect()
}

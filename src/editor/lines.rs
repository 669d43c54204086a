//! What differs between two versions of a text.

/// The part that differs: its beginning, and where it ends in the old and in the new text. `None` where they are equal.
#[must_use]
pub fn changed_part(old: &str, new: &str) -> Option<(usize, usize, usize)> {
    if old == new {
        return None;
    }
    let mut start = old.bytes().zip(new.bytes()).take_while(|(a, b)| a == b).count();
    while !old.is_char_boundary(start) || !new.is_char_boundary(start) {
        start -= 1;
    }
    let (rest_old, rest_new) = (old.get(start..).unwrap_or(""), new.get(start..).unwrap_or(""));
    let mut same = rest_old.bytes().rev().zip(rest_new.bytes().rev()).take_while(|(a, b)| a == b).count();
    while !old.is_char_boundary(old.len() - same) || !new.is_char_boundary(new.len() - same) {
        same -= 1;
    }
    Some((start, old.len() - same, new.len() - same))
}

#[cfg(test)]
mod tests {
    use super::changed_part;

    #[test]
    fn the_change_is_as_small_as_characters_allow() {
        assert_eq!(changed_part("abc", "abc"), None);
        assert_eq!(changed_part("abc", "abXc"), Some((2, 2, 3)));
        assert_eq!(changed_part("aaa", "aa"), Some((2, 3, 2)));
        assert_eq!(changed_part("é", "è"), Some((0, 2, 2)));
        assert_eq!(changed_part("x😀", "x😁"), Some((1, 5, 5)));
        assert_eq!(changed_part("", "a"), Some((0, 0, 1)));
    }
}

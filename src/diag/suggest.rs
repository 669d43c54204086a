//! "Did you mean": the nearest of the words that would fit.

/// The candidate nearest to `word` by optimal string alignment (Damerau-Levenshtein with adjacent swaps), if it is
/// near enough to be meant: at most a third of the letters differ. Letter case counts for nothing. Ties go to the
/// candidate that comes first in the alphabet, so that the answer does not depend on the order of declarations.
#[must_use]
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = word.to_lowercase();
    let limit = (lower.chars().count().max(2) + 1) / 3;
    let limit = limit.max(1);
    candidates
        .into_iter()
        .filter(|candidate| *candidate != word)
        .map(|candidate| (strsim::osa_distance(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

/// The candidate that `word` can only be a slip of the keyboard for: it differs in the case of letters, by two letters that
/// changed places, or by one letter too many or too few, and no other candidate is near. Names that are told apart by a
/// digit or by their last letter (`mail_1`, `mail_a`) are no slips of each other.
#[must_use]
pub fn slip<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = word.to_lowercase();
    let mut near = candidates.into_iter().filter(|other| strsim::osa_distance(&lower, &other.to_lowercase()) <= 1);
    let only = near.next()?;
    if near.any(|other| other != only) {
        return None;
    }
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let other = only.to_lowercase();
    let (length, meant) = (lower.chars().count(), other.chars().count());
    let swapped = length == meant && strsim::levenshtein(&lower, &other) == 2;
    let is_slip = lower == other || swapped || length != meant && meant >= 5 && length >= 4;
    (is_slip && digits(word) == digits(only)).then_some(only)
}

#[cfg(test)]
mod tests {
    use super::{nearest, slip};

    #[test]
    fn near_words_are_found_and_far_ones_are_not() {
        assert_eq!(nearest("purchse", ["page_view", "purchase"]), Some("purchase"));
        assert_eq!(nearest("Welcome", ["welcome", "welcome_2"]), Some("welcome"));
        assert_eq!(nearest("xyz", ["purchase", "welcome"]), None);
        assert_eq!(nearest("ab", ["ac", "aa"]), Some("aa"));
    }

    #[test]
    fn slips_are_those_that_cannot_be_meant_otherwise() {
        assert_eq!(slip("raeder", ["reader", "customer"]), Some("reader"));
        assert_eq!(slip("Purchase", ["purchase"]), Some("purchase"));
        assert_eq!(slip("purchse", ["page_view", "purchase"]), Some("purchase"));
        assert_eq!(slip("mail_3", ["mail_1", "mail_2"]), None);
        assert_eq!(slip("mail_3", ["mail_1"]), None);
        assert_eq!(slip("mail_b", ["mail_a"]), None);
        assert_eq!(slip("mails", ["mail", "emails"]), None);
        assert_eq!(slip("cat", ["cats", "hat"]), None);
    }
}

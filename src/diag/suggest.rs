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

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn near_words_are_found_and_far_ones_are_not() {
        assert_eq!(nearest("purchse", ["page_view", "purchase"]), Some("purchase"));
        assert_eq!(nearest("Welcome", ["welcome", "welcome_2"]), Some("welcome"));
        assert_eq!(nearest("xyz", ["purchase", "welcome"]), None);
        assert_eq!(nearest("ab", ["ac", "aa"]), Some("aa"));
    }
}

//! How wide a text is, and where it is broken.
//!
//! Widths are those of Helvetica (Adobe's font metrics for the core fonts), which Arial and Liberation Sans share, so that
//! boxes fit everywhere without a font in the picture. Letters with accents are as wide as a wide letter, other scripts one em.
//! All lengths are tenths of a pixel: whole numbers, the same on every machine.

/// Widths of the characters from space to `~`, in thousandths of the size.
const REGULAR: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278,
    278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722,
    667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556,
    556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
];

/// The same in bold.
const BOLD: [u16; 95] = [
    278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 333,
    333, 584, 584, 584, 611, 975, 722, 722, 722, 722, 667, 611, 778, 722, 278, 556, 722, 611, 833, 722, 778, 667, 778, 722, 667, 611, 722,
    667, 944, 667, 667, 611, 333, 278, 333, 584, 556, 333, 556, 611, 556, 611, 556, 333, 611, 611, 278, 278, 556, 278, 889, 611, 611, 611,
    611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389, 280, 389, 584,
];

/// A size of text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Size {
    /// Tenths of a pixel.
    pub tenths: i32,
    /// Whether it is bold.
    pub bold: bool,
}

impl Size {
    /// Plain text.
    #[must_use]
    pub const fn plain(tenths: i32) -> Self {
        Self { tenths, bold: false }
    }

    /// Bold text.
    #[must_use]
    pub const fn bold(tenths: i32) -> Self {
        Self { tenths, bold: true }
    }

    /// The width of a text in tenths of a pixel, rounded up.
    #[must_use]
    pub fn width(self, text: &str) -> i32 {
        let thousandths: i64 = text.chars().map(|c| i64::from(self.advance(c))).sum();
        i32::try_from((thousandths * i64::from(self.tenths) + 999) / 1000).unwrap_or(i32::MAX / 4)
    }

    fn advance(self, c: char) -> u16 {
        let table = if self.bold { &BOLD } else { &REGULAR };
        let ascii = u32::from(c).checked_sub(32).and_then(|index| table.get(usize::try_from(index).ok()?));
        match (ascii, c) {
            (Some(width), _) => *width,
            // Marks that stand on the letter before them, and joiners.
            (None, '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{fe00}'..='\u{fe0f}') => 0,
            (None, '“' | '”' | '–' | '\u{a0}') => 556,
            (None, '·' | 'ı' | 'ì'..='ï') => 278,
            (None, '\u{a1}'..='\u{24f}' | '\u{370}'..='\u{52f}') => 722,
            (None, _) => 1000,
        }
    }

    /// The text on lines of at most `width` tenths, and of at most `lines` lines; where more is left, an ellipsis. Words
    /// stay whole where they fit on a line.
    #[must_use]
    pub fn wrap(self, text: &str, width: i32, lines: usize) -> Vec<String> {
        let mut wrapped: Vec<String> = Vec::new();
        for word in words(text) {
            if let Some(last) = wrapped.last_mut() {
                let longer = format!("{last} {word}");
                if self.width(&longer) <= width {
                    *last = longer;
                    continue;
                }
            }
            self.break_word(word, width, &mut wrapped);
            if wrapped.len() > lines {
                break;
            }
        }
        if wrapped.len() > lines {
            wrapped.truncate(lines);
            if let Some(last) = wrapped.last_mut() {
                *last = self.cut(&format!("{last} …"), width);
            }
        }
        wrapped
    }

    /// The text on as few lines as [`Self::wrap`] needs, and these about equally long.
    #[must_use]
    pub fn balanced(self, text: &str, width: i32, lines: usize) -> Vec<String> {
        let wrapped = self.wrap(text, width, lines);
        let is_whole = wrapped.iter().flat_map(|line| line.split_whitespace()).eq(text.split_whitespace());
        if wrapped.len() < 2 || !is_whole {
            return wrapped;
        }
        let (mut low, mut high) = (width / 4, width);
        while high - low > 20 {
            let middle = i32::midpoint(low, high);
            let tried = self.wrap(text, middle, usize::MAX);
            let fits = tried.len() <= wrapped.len() && tried.iter().all(|line| self.width(line) <= middle);
            if fits { high = middle } else { low = middle }
        }
        self.wrap(text, high, lines)
    }

    fn break_word(self, word: &str, width: i32, into: &mut Vec<String>) {
        let mut piece = String::new();
        for c in word.chars() {
            piece.push(c);
            if self.width(&piece) > width && piece.chars().count() > 1 {
                piece.pop();
                into.push(std::mem::take(&mut piece));
                piece.push(c);
            }
        }
        into.push(piece);
    }

    /// The text with its end cut off where it is too wide; an ellipsis shows it.
    #[must_use]
    pub fn cut(self, text: &str, width: i32) -> String {
        if self.width(text) <= width {
            return text.to_owned();
        }
        let mut kept = text.trim_end_matches([' ', '…']).to_owned();
        while !kept.is_empty() && self.width(&format!("{kept}…")) > width {
            kept.pop();
        }
        format!("{}…", kept.trim_end())
    }
}

/// The words of a text: spaces that keep numbers together do not part them.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_whitespace() && !matches!(c, '\u{a0}' | '\u{202f}')).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::Size;

    #[test]
    fn numbers_stay_on_one_line() {
        assert_eq!(Size::plain(125).wrap("of 12\u{202f}400 people", 500, 9), ["of", "12\u{202f}400", "people"]);
    }

    #[test]
    fn lines_fit_and_nothing_is_lost_but_behind_an_ellipsis() {
        let size = Size::plain(125);
        let text = "at least 3 page_view within 7 days and not in segment vip or interest >= 50";
        let lines = size.wrap(text, 1800, 9);
        assert!(lines.iter().all(|line| size.width(line) <= 1800), "{lines:?}");
        assert_eq!(lines.join(" "), text);
        let lines = size.wrap(text, 1800, 2);
        assert!(lines.len() == 2 && lines[1].ends_with('…') && size.width(&lines[1]) <= 1800, "{lines:?}");
        assert_eq!(size.wrap("客户旅程", 250, 3), ["客户", "旅程"]);
        assert!(Size::bold(150).width("Customer") > Size::plain(150).width("Customer"));
    }
}

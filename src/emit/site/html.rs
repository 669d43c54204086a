//! HTML, written with an element in a closure: whatever is opened is closed, and every text is escaped.

use crate::emit::svg::escaped;
use std::fmt::Write as _;

/// A piece of a page.
#[derive(Default)]
pub struct Html(String);

impl Html {
    /// What was written.
    pub fn into_text(self) -> String {
        self.0
    }

    /// A text.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.0.push_str(&escaped(text));
        self
    }

    /// A text in which words stand between backticks.
    pub fn said(&mut self, text: &str) -> &mut Self {
        for (n, part) in text.split('`').enumerate() {
            if n % 2 == 0 {
                self.text(part)
            } else {
                self.word("code", &[], part)
            };
        }
        self
    }

    /// Markup of our own.
    pub fn raw(&mut self, markup: &str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// An element on lines of its own.
    pub fn block(&mut self, name: &str, attributes: &[(&str, &str)], inside: impl FnOnce(&mut Self)) -> &mut Self {
        self.open(name, attributes);
        self.0.push('\n');
        inside(self);
        if !self.0.ends_with('\n') {
            self.0.push('\n');
        }
        self.close(name).raw("\n")
    }

    /// An element on a line of its own.
    pub fn line(&mut self, name: &str, attributes: &[(&str, &str)], inside: impl FnOnce(&mut Self)) -> &mut Self {
        self.span(name, attributes, inside).raw("\n")
    }

    /// An element within a line.
    pub fn span(&mut self, name: &str, attributes: &[(&str, &str)], inside: impl FnOnce(&mut Self)) -> &mut Self {
        self.open(name, attributes);
        inside(self);
        self.close(name)
    }

    /// A text in an element within a line.
    pub fn word(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) -> &mut Self {
        self.span(name, attributes, |it| {
            it.text(text);
        })
    }

    /// A link, or the text alone where there is nothing to lead to.
    pub fn link(&mut self, to: Option<&str>, text: &str) -> &mut Self {
        match to {
            Some(to) => self.word("a", &[("href", to)], text),
            None => self.text(text),
        }
    }

    fn open(&mut self, name: &str, attributes: &[(&str, &str)]) {
        let _ = write!(self.0, "<{name}");
        for (name, value) in attributes {
            let _ = write!(self.0, " {name}=\"{}\"", escaped(value));
        }
        self.0.push('>');
    }

    fn close(&mut self, name: &str) -> &mut Self {
        let _ = write!(self.0, "</{name}>");
        self
    }
}

/// A whole page with its head and our style.
pub fn whole(title: &str, body: impl FnOnce(&mut Html)) -> String {
    styled(super::MARK, "", title, body)
}

/// A whole page that begins with a mark and has more style than our own.
pub fn styled(mark: &str, style: &str, title: &str, body: impl FnOnce(&mut Html)) -> String {
    let mut html = Html::default();
    html.raw(mark);
    html.block("html", &[("lang", "en")], |html| {
        html.block("head", &[], |html| {
            html.raw("<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
            html.raw("<meta name=\"color-scheme\" content=\"light dark\">\n");
            html.line("title", &[], |html| {
                html.text(title);
            });
            html.raw("<style>\n").raw(include_str!("style.css")).raw(style).raw("</style>\n");
        });
        html.block("body", &[], body);
    });
    html.into_text()
}

#[cfg(test)]
mod tests {
    use super::Html;

    #[test]
    fn no_text_breaks_out_of_its_element() {
        let mut html = Html::default();
        html.line("p", &[("title", "a\"b")], |html| {
            html.said("`</p>`<script>&\u{202e}").link(Some("x.html?a&b"), "<b>");
        });
        assert_eq!(
            html.into_text(),
            "<p title=\"a&quot;b\"><code>&lt;/p&gt;</code>&lt;script&gt;&amp;<a href=\"x.html?a&amp;b\">&lt;b&gt;</a></p>\n"
        );
    }
}

//! The bracket syntax of well-known text for coordinate systems, ESRI and OGC, 1 and 2.
//!
//! Knows the syntax only; `declare.rs` knows what the words mean.
//! Invariant: text from a stranger can neither recurse deeply nor take long.

/// Longest text that is read, bytes; real `.prj` files have below 2 kB.
const MAX_BYTES: usize = 65_536;
/// Deepest nesting that is read; real files have below 10.
const MAX_DEPTH: usize = 32;

/// One `KEYWORD["text", number, OTHER[...]]`.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Node {
    /// Upper-case keyword.
    pub keyword: String,
    /// Quoted texts, numbers and bare words, in order.
    pub values: Vec<String>,
    /// Nested nodes, in order.
    pub children: Vec<Node>,
}

impl Node {
    /// The first value: the name of most nodes.
    pub fn name(&self) -> &str {
        self.values.first().map_or("", String::as_str)
    }

    /// The value at `index` as a number.
    pub fn number(&self, index: usize) -> Option<f64> {
        self.values.get(index)?.parse().ok()
    }

    /// The first direct child with one of these keywords.
    pub fn child(&self, keywords: &[&str]) -> Option<&Node> {
        self.children
            .iter()
            .find(|child| keywords.contains(&child.keyword.as_str()))
    }

    /// The first node with one of these keywords, here or deeper.
    pub fn find(&self, keywords: &[&str]) -> Option<&Node> {
        if keywords.contains(&self.keyword.as_str()) {
            return Some(self);
        }
        self.children.iter().find_map(|child| child.find(keywords))
    }

    /// All direct children with one of these keywords, also one level down in `CONVERSION`.
    pub fn parameters(&self) -> impl Iterator<Item = &Node> {
        let conversion = self.child(&["CONVERSION"]);
        self.children
            .iter()
            .chain(conversion.into_iter().flat_map(|node| node.children.iter()))
            .filter(|child| child.keyword == "PARAMETER")
    }
}

/// Parses one node; `None` when the text is not well-known text.
pub(super) fn parse(text: &str) -> Option<Node> {
    let text = text
        .trim_start_matches('\u{feff}')
        .trim()
        .trim_end_matches('\0');
    if text.len() > MAX_BYTES {
        return None;
    }
    let mut reader = Reader {
        chars: text.chars().peekable(),
    };
    let keyword = reader.word();
    let node = reader.node(keyword, 0)?;
    reader.skip_space();
    reader.chars.next().is_none().then_some(node)
}

struct Reader<'t> {
    chars: std::iter::Peekable<std::str::Chars<'t>>,
}

impl Reader<'_> {
    fn skip_space(&mut self) {
        while self.chars.next_if(|c| c.is_whitespace()).is_some() {}
    }

    fn word(&mut self) -> String {
        self.skip_space();
        let mut word = String::new();
        while let Some(c) = self
            .chars
            .next_if(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '+' | '-'))
        {
            word.push(c);
        }
        word
    }

    /// The text after an opening quote; a doubled quote stands for itself.
    fn quoted(&mut self) -> Option<String> {
        let mut text = String::new();
        loop {
            match self.chars.next()? {
                '"' if self.chars.next_if_eq(&'"').is_some() => text.push('"'),
                '"' => return Some(text),
                c => text.push(c),
            }
        }
    }

    /// The rest of a node after its keyword.
    fn node(&mut self, keyword: String, depth: usize) -> Option<Node> {
        self.skip_space();
        let close = match self.chars.next()? {
            '[' => ']',
            '(' => ')',
            _ => return None,
        };
        if keyword.is_empty() || depth > MAX_DEPTH {
            return None;
        }
        let mut node = Node {
            keyword: keyword.to_ascii_uppercase(),
            ..Node::default()
        };
        loop {
            self.skip_space();
            if self.chars.next_if_eq(&'"').is_some() {
                node.values.push(self.quoted()?);
            } else {
                let word = self.word();
                self.skip_space();
                if matches!(self.chars.peek(), Some('[' | '(')) {
                    node.children.push(self.node(word, depth + 1)?);
                } else if word.is_empty() {
                    return None;
                } else {
                    node.values.push(word);
                }
            }
            self.skip_space();
            match self.chars.next()? {
                ',' => {}
                c if c == close => return Some(node),
                _ => return None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nested_nodes_quotes_and_both_brackets_are_read() {
        let node =
            parse("\u{feff}A(\"x \"\"y\"\"\", 1.5e0, north, B[\"b\", C[\"c\",2]])\n").unwrap();
        assert_eq!(node.keyword, "A");
        assert_eq!(node.name(), "x \"y\"");
        assert_eq!(node.number(1), Some(1.5));
        assert_eq!(node.find(&["C"]).unwrap().number(1), Some(2.0));
    }

    #[test]
    fn broken_text_is_refused() {
        for text in [
            "",
            "A",
            "A[",
            "A[\"x",
            "A[\"x\"",
            "A[]",
            "A[\"x\"] B",
            "A[\"x\")",
            "[\"x\"]",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
        let deep = "A[".repeat(10_000);
        assert_eq!(parse(&deep), None);
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(text in "[A-C\\[\\]()\", 0-9.]{0,60}") {
            let _ = parse(&text);
        }
    }
}

//! Interned strings: every different text is stored once, in one buffer.
//!
//! Invariant: index 0 is the empty text.

use std::collections::HashMap;

/// Texts by number.
#[derive(Debug, Clone, Default)]
pub struct Strings {
    bytes: String,
    ends: Vec<u32>,
}

impl Strings {
    /// Text number `index`; the empty text for a number that was never given out.
    pub fn get(&self, index: u32) -> &str {
        let index = index as usize;
        let start = if index == 0 {
            0
        } else {
            self.ends.get(index - 1).copied().unwrap_or(0)
        };
        let end = self.ends.get(index).copied().unwrap_or(start);
        &self.bytes[start as usize..end as usize]
    }

    /// How many texts there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Memory held, bytes.
    pub fn memory_bytes(&self) -> usize {
        self.bytes.capacity() + self.ends.capacity() * 4
    }
}

/// Collects texts.
#[derive(Debug)]
pub struct StringsBuilder {
    strings: Strings,
    seen: HashMap<Box<str>, u32>,
}

impl StringsBuilder {
    /// Only the empty text.
    pub fn new() -> Self {
        let mut builder = Self {
            strings: Strings::default(),
            seen: HashMap::new(),
        };
        builder.intern("");
        builder
    }

    /// The number of `text`.
    pub fn intern(&mut self, text: &str) -> u32 {
        if let Some(&index) = self.seen.get(text) {
            return index;
        }
        let index = self.strings.ends.len() as u32;
        self.strings.bytes.push_str(text);
        self.strings.ends.push(self.strings.bytes.len() as u32);
        self.seen.insert(text.into(), index);
        index
    }

    /// All texts, trimmed to size.
    pub fn finish(mut self) -> Strings {
        self.strings.bytes.shrink_to_fit();
        self.strings.ends.shrink_to_fit();
        self.strings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_share_a_number_and_come_back_unchanged() {
        let mut builder = StringsBuilder::new();
        let (a, b, c) = (
            builder.intern("幸福苑"),
            builder.intern("3幢"),
            builder.intern("幸福苑"),
        );
        let strings = builder.finish();
        assert_eq!((a, strings.get(a), strings.get(b)), (c, "幸福苑", "3幢"));
        assert_eq!(
            (strings.get(0), strings.get(99), strings.len()),
            ("", "", 3)
        );
    }
}

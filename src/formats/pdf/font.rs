//! The two embedded faces: which characters they have, and how wide these are.
//!
//! Invariant: every character gets a width, present or not, so that layout never fails.

use krilla::text::Font;
use skrifa::instance::{LocationRef, Size};
use skrifa::{FontRef, MetadataProvider};

use super::PdfError;

static REGULAR: &[u8] = include_bytes!("../../../assets/fonts/NotoSansSC-Regular-subset.otf");
static BOLD: &[u8] = include_bytes!("../../../assets/fonts/NotoSansSC-Bold-subset.otf");

/// Thickness of type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    Regular,
    Bold,
}

struct Face {
    font: Font,
    tables: FontRef<'static>,
    units_per_em: f32,
}

impl Face {
    fn new(name: &'static str, data: &'static [u8]) -> Result<Self, PdfError> {
        let font = Font::new(data.into(), 0).ok_or(PdfError::Font(name))?;
        let tables = FontRef::new(data).map_err(|_unreadable| PdfError::Font(name))?;
        Ok(Self {
            units_per_em: font.units_per_em(),
            font,
            tables,
        })
    }

    fn glyph(&self, c: char) -> Option<(u32, f32)> {
        let id = self.tables.charmap().map(c)?;
        let metrics = self
            .tables
            .glyph_metrics(Size::unscaled(), LocationRef::default());
        Some((id.to_u32(), metrics.advance_width(id)? / self.units_per_em))
    }
}

/// A character ready to be set.
pub(super) struct Glyph {
    /// `None`: in neither face.
    pub id: Option<u32>,
    /// The face that has it.
    pub weight: Weight,
    /// Advance as a share of the size.
    pub advance_em: f32,
}

/// Both faces. What the bold one lacks is taken from the regular one.
pub(super) struct Fonts {
    regular: Face,
    bold: Face,
}

impl Fonts {
    pub fn new() -> Result<Self, PdfError> {
        Ok(Self {
            regular: Face::new("regular", REGULAR)?,
            bold: Face::new("bold", BOLD)?,
        })
    }

    pub fn font(&self, weight: Weight) -> Font {
        match weight {
            Weight::Regular => self.regular.font.clone(),
            Weight::Bold => self.bold.font.clone(),
        }
    }

    pub fn glyph(&self, weight: Weight, c: char) -> Glyph {
        let bold = if weight == Weight::Bold {
            self.bold.glyph(c)
        } else {
            None
        };
        let found = bold
            .map(|g| (g, Weight::Bold))
            .or_else(|| self.regular.glyph(c).map(|g| (g, Weight::Regular)));
        match found {
            Some(((id, advance_em), weight)) => Glyph {
                id: Some(id),
                weight,
                advance_em,
            },
            None => Glyph {
                id: None,
                weight: Weight::Regular,
                advance_em: 1.0,
            },
        }
    }

    /// Width of one line in points.
    pub fn width_pt(&self, weight: Weight, size_pt: f32, text: &str) -> f32 {
        text.chars()
            .map(|c| self.glyph(weight, printable(c)).advance_em * size_pt)
            .sum()
    }
}

/// Line breaks, tabs and other controls become spaces.
pub(super) fn printable(c: char) -> char {
    if c.is_control() { ' ' } else { c }
}

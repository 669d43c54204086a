//! PNG, drawn from the SVG of the same scene.
//!
//! Job: give the drawing library fonts of our own, and pixels a scale.
//! Invariants: text in Latin, Greek and Cyrillic letters is drawn in our fonts whatever the machine has, so that a picture is
//! the same everywhere; fonts of the system come in only for letters that ours does not have; letters that no font has are
//! told and never dropped in silence.

mod missing;

use super::svg::{Theme, svg};
use crate::picture::scene::Scene;
use resvg::{
    tiny_skia::{Pixmap, Transform},
    usvg::{FontResolver, Options, Tree, fontdb},
};
use skrifa::{FontRef, MetadataProvider as _};
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

const REGULAR: &[u8] = include_bytes!("../../../assets/fonts/FunnelcSans-Regular.ttf");
const BOLD: &[u8] = include_bytes!("../../../assets/fonts/FunnelcSans-Bold.ttf");

/// The widest and highest a picture may be, in pixels.
const PIXELS_MAX: u32 = 16_384;

/// A drawn picture.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Drawn {
    /// The file.
    pub bytes: Vec<u8>,
    /// Letters that no font has.
    pub missing: BTreeSet<char>,
}

/// Why no picture was drawn.
#[derive(Debug, thiserror::Error)]
pub enum PngError {
    /// It would be too large.
    #[error("the picture would be {width} × {height} pixels, and at most {PIXELS_MAX} each way are drawn; SVG has no such limit")]
    TooLarge {
        /// Its width.
        width: u32,
        /// Its height.
        height: u32,
    },
    /// A mistake of ours.
    #[error("the picture could not be drawn: {0}")]
    Library(String),
}

/// Draws a scene, `scale` hundredths of its size.
///
/// # Errors
/// [`PngError`]: a picture that is too large.
pub fn png(scene: &Scene, theme: Theme, transparent: bool, scale: u16) -> Result<Drawn, PngError> {
    let drawn = drawn(scene, theme, transparent, scale)?;
    if drawn.missing.is_empty() {
        return Ok(drawn);
    }
    // What draws asks for one letter of each run alone; and it leaves a gap, which nobody would take for a letter.
    let missing = missing::of(scene);
    let bytes = self::drawn(&missing::boxed(scene, &missing), theme, transparent, scale)?.bytes;
    Ok(Drawn { bytes, missing })
}

fn drawn(scene: &Scene, theme: Theme, transparent: bool, scale: u16) -> Result<Drawn, PngError> {
    // The library knows no conditions in style, so a theme is drawn into the colours.
    let theme = if theme == Theme::Dark { Theme::Dark } else { Theme::Light };
    let text = svg(scene, theme, transparent);
    let missing = Arc::new(Mutex::new(BTreeSet::new()));
    let options = options(&missing);
    let tree = Tree::from_str(&text, &options).map_err(|error| PngError::Library(error.to_string()))?;
    let pixels = |tenths: i32| (u32::try_from(tenths).unwrap_or(0).saturating_mul(u32::from(scale))).div_ceil(1_000).max(1);
    let (width, height) = (pixels(scene.width), pixels(scene.height));
    if width > PIXELS_MAX || height > PIXELS_MAX {
        return Err(PngError::TooLarge { width, height });
    }
    let mut pixmap = Pixmap::new(width, height).ok_or(PngError::TooLarge { width, height })?;
    let factor = f32::from(scale) / 100.0;
    resvg::render(&tree, Transform::from_scale(factor, factor), &mut pixmap.as_mut());
    let bytes = pixmap.encode_png().map_err(|error| PngError::Library(error.to_string()))?;
    let missing = missing.lock().map_or_else(|_| BTreeSet::new(), |set| set.clone());
    Ok(Drawn { bytes, missing })
}

/// Our two fonts.
fn ours() -> (fontdb::Database, Option<fontdb::ID>, Option<fontdb::ID>) {
    let mut fonts = fontdb::Database::new();
    let mut load = |bytes: &'static [u8]| fonts.load_font_source(fontdb::Source::Binary(Arc::new(bytes))).first().copied();
    let (regular, bold) = (load(REGULAR), load(BOLD));
    (fonts, regular, bold)
}

/// Our fonts for every text, fonts of the system for what they lack.
fn options(missing: &Arc<Mutex<BTreeSet<char>>>) -> Options<'static> {
    let (fonts, regular, bold) = ours();
    let missing = Arc::clone(missing);
    let resolver = FontResolver {
        select_font: Box::new(move |font, _| if font.weight() >= 600 { bold } else { regular }),
        select_fallback: Box::new(move |letter, tried, fonts| fallback(letter, tried, fonts, &missing)),
    };
    Options { fontdb: Arc::new(fonts), font_resolver: resolver, ..Options::default() }
}

/// A font of the system that has a letter.
fn fallback(letter: char, tried: &[fontdb::ID], fonts: &mut Arc<fontdb::Database>, missing: &Mutex<BTreeSet<char>>) -> Option<fontdb::ID> {
    let is_ours = |fonts: &fontdb::Database| fonts.len() <= 2;
    if is_ours(fonts) {
        Arc::make_mut(fonts).load_system_fonts();
    }
    let weight = tried.first().and_then(|id| fonts.face(*id)).map_or(fontdb::Weight::NORMAL, |face| face.weight);
    let fits = |face: &&fontdb::FaceInfo| !tried.contains(&face.id) && has(fonts, face.id, letter);
    // The nearest weight, and the first name among those: not the order in which the system lists its files.
    let key =
        |face: &&fontdb::FaceInfo| (face.style != fontdb::Style::Normal, face.weight.0.abs_diff(weight.0), face.post_script_name.clone());
    let found = fonts.faces().filter(fits).min_by_key(key).map(|face| face.id);
    if found.is_none()
        && let Ok(mut missing) = missing.lock()
    {
        missing.insert(letter);
    }
    found
}

/// Whether a font has a letter as an outline. Emoji are often small pictures of pixels, which would be dropped in silence.
fn has(fonts: &fontdb::Database, font: fontdb::ID, letter: char) -> bool {
    let glyph = |bytes: &[u8], index: u32| {
        let font = FontRef::from_index(bytes, index).ok()?;
        let glyph = font.charmap().map(letter)?;
        (font.outline_glyphs().get(glyph).is_some() || font.color_glyphs().get(glyph).is_some()).then_some(glyph)
    };
    fonts.with_face_data(font, glyph).flatten().is_some()
}

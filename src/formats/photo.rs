//! Photos: whatever a phone sends becomes a JPEG of at most 1600 pixels without a word of its camera in it; a keeper's
//! photo becomes a small upright one for cards and posters.
//!
//! The content decides what a file is, never its name. Invariant: the result is encoded anew from pixels, so that no
//! metadata, no appended data and no other format inside the file survives; what EXIF said is told apart.

use chrono::NaiveDateTime;
use exif::{In, Reader, Tag, Value};
use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};
use std::io::Cursor;

/// Largest file, in bytes.
pub const MAX_PHOTO_BYTES: usize = 10 << 20;
/// Longest side of the result, in pixels.
pub const MAX_SIDE: u32 = 1600;
/// Most pixels that are decoded: a small file may claim to be a hundred metres wide.
const MAX_PIXELS: u64 = 64_000_000;
/// Longest side that is decoded.
const MAX_DECODED_SIDE: u32 = 20_000;
/// Most memory of a decoder, in bytes.
const MAX_DECODER_BYTES: u64 = 300 << 20;
/// Quality of the result: text on a sign stays readable.
const QUALITY: u8 = 82;

/// Largest portrait, in bytes: a resident's page loads two of them over a slow network.
pub const MAX_PORTRAIT_BYTES: usize = 40_000;
/// Largest portrait, in pixels: 3:4, sharp enough in print at 32 mm.
const PORTRAIT: (u32, u32) = (360, 480);
/// Qualities of a portrait, tried until it is small enough.
const PORTRAIT_QUALITIES: [u8; 5] = [85, 75, 65, 50, 35];

/// Why a file is no photo that can be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PhotoError {
    /// Nothing.
    #[error("the file is empty; choose another")]
    Empty,
    /// Beyond [`MAX_PHOTO_BYTES`].
    #[error("the photo has {0} bytes, 10 MiB at most; send a smaller one")]
    TooLarge(usize),
    /// Not one of the three formats, whatever its name says.
    #[error("the content is no JPEG, PNG or WebP photo, whatever its name says; choose another")]
    NotAPhoto,
    /// More pixels, or more memory, than anything a camera makes.
    #[error("the photo has too many pixels (64 million at most); send a smaller one")]
    TooManyPixels,
    /// Cut off or damaged.
    #[error("the photo is damaged or cut off; take or choose another")]
    Damaged,
}

impl PhotoError {
    /// Stable identifier.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty => "photo_empty",
            Self::TooLarge(_) => "photo_too_large",
            Self::NotAPhoto => "photo_not_a_photo",
            Self::TooManyPixels => "photo_too_many_pixels",
            Self::Damaged => "photo_damaged",
        }
    }

    /// Chinese text.
    pub fn zh(&self) -> String {
        match self {
            Self::Empty => "文件是空的；请另选一张。".into(),
            Self::TooLarge(bytes) => {
                format!("照片有 {bytes} 字节，最大 10 MB；请缩小后再传。")
            }
            Self::NotAPhoto => {
                "内容不是 JPEG、PNG 或 WebP 照片（与文件名无关）；请另选一张。".into()
            }
            Self::TooManyPixels => "照片像素过多（最多 6400 万）；请缩小后再传。".into(),
            Self::Damaged => "照片已损坏或未传完；请重拍或另选一张。".into(),
        }
    }
}

/// A photo that can be kept, and what its camera had written into it.
#[derive(Debug, Clone, PartialEq)]
pub struct CleanPhoto {
    /// JPEG without metadata.
    pub jpeg: Vec<u8>,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// When it was taken, as the clock of the camera showed it.
    pub taken_at: Option<NaiveDateTime>,
    /// Where, WGS 84 `(lon, lat)` in degrees.
    pub lon_lat: Option<(f64, f64)>,
}

fn damaged(error: &image::ImageError) -> PhotoError {
    match error {
        image::ImageError::Limits(_) => PhotoError::TooManyPixels,
        _ => PhotoError::Damaged,
    }
}

/// Reads a photo, turns it upright, makes it small and encodes it anew. Takes some hundred milliseconds.
///
/// # Errors
/// What is wrong with the file.
pub fn clean(bytes: &[u8]) -> Result<CleanPhoto, PhotoError> {
    let (image, raw) = upright(bytes)?;
    let rgb = flat(&image);
    let (taken_at, lon_lat) = raw.map_or((None, None), told);
    Ok(CleanPhoto {
        jpeg: encode(&rgb, QUALITY)?,
        width: rgb.width(),
        height: rgb.height(),
        taken_at,
        lon_lat,
    })
}

/// Reads a photo of somebody and makes the picture of a card of it: upright, 3:4, at most [`MAX_PORTRAIT_BYTES`], as
/// JPEG. What is too wide is cut off on both sides, what is too high below, for faces are above the middle. Nothing that
/// the camera wrote is even read, but for which side is up.
///
/// # Errors
/// What is wrong with the file.
pub fn portrait(bytes: &[u8]) -> Result<Vec<u8>, PhotoError> {
    let (image, _unread) = upright(bytes)?;
    let (width, height) = (image.width(), image.height());
    let (ratio_w, ratio_h) = (3, 4);
    let (w, h) = if width * ratio_h > height * ratio_w {
        ((height * ratio_w / ratio_h).max(1), height)
    } else {
        (width, (width * ratio_h / ratio_w).clamp(1, height))
    };
    let cut = image.crop_imm((width - w) / 2, 0, w, h);
    let (mut most_w, mut most_h) = PORTRAIT;
    loop {
        let small = if cut.width() > most_w || cut.height() > most_h {
            cut.resize(most_w, most_h, image::imageops::FilterType::CatmullRom)
        } else {
            cut.clone()
        };
        let rgb = flat(&small);
        for quality in PORTRAIT_QUALITIES {
            let jpeg = encode(&rgb, quality)?;
            if jpeg.len() <= MAX_PORTRAIT_BYTES {
                return Ok(jpeg);
            }
        }
        // Noise from edge to edge: fewer pixels then.
        (most_w, most_h) = (most_w * 2 / 3, most_h * 2 / 3);
    }
}

/// The pixels of a photo, as it is to be looked at, its longer side at most [`MAX_SIDE`]; and its raw EXIF.
fn upright(bytes: &[u8]) -> Result<(DynamicImage, Option<Vec<u8>>), PhotoError> {
    if bytes.is_empty() {
        return Err(PhotoError::Empty);
    }
    if bytes.len() > MAX_PHOTO_BYTES {
        return Err(PhotoError::TooLarge(bytes.len()));
    }
    let format = image::guess_format(bytes).map_err(|_unknown| PhotoError::NotAPhoto)?;
    if !matches!(
        format,
        ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP
    ) {
        return Err(PhotoError::NotAPhoto);
    }
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_DECODED_SIDE);
    limits.max_image_height = Some(MAX_DECODED_SIDE);
    limits.max_alloc = Some(MAX_DECODER_BYTES);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|error| damaged(&error))?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(PhotoError::TooManyPixels);
    }
    // Metadata that cannot be read is none: the pixels are what counts.
    let raw = decoder.exif_metadata().unwrap_or(None);
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let decoded = DynamicImage::from_decoder(decoder).map_err(|error| damaged(&error))?;
    let mut image = smaller(decoded);
    image.apply_orientation(orientation);
    Ok((image, raw))
}

fn encode(rgb: &image::RgbImage, quality: u8) -> Result<Vec<u8>, PhotoError> {
    let mut jpeg = Vec::new();
    rgb.write_with_encoder(JpegEncoder::new_with_quality(&mut jpeg, quality))
        .map_err(|error| damaged(&error))?;
    Ok(jpeg)
}

/// At most [`MAX_SIDE`] on the longer side; never larger than it was.
fn smaller(image: DynamicImage) -> DynamicImage {
    if image.width().max(image.height()) <= MAX_SIDE {
        return image;
    }
    image.resize(MAX_SIDE, MAX_SIDE, image::imageops::FilterType::CatmullRom)
}

/// Without transparency: JPEG has none, and what is see-through is white on paper.
fn flat(image: &DynamicImage) -> image::RgbImage {
    if !image.color().has_alpha() {
        return image.to_rgb8();
    }
    let rgba = image.to_rgba8();
    image::RgbImage::from_fn(rgba.width(), rgba.height(), |x, y| {
        let [r, g, b, a] = rgba.get_pixel(x, y).0;
        let over =
            |c: u8| ((u32::from(c) * u32::from(a) + 255 * (255 - u32::from(a)) + 127) / 255) as u8;
        image::Rgb([over(r), over(g), over(b)])
    })
}

/// Time and point of raw EXIF.
fn told(raw: Vec<u8>) -> (Option<NaiveDateTime>, Option<(f64, f64)>) {
    let Ok(exif) = Reader::new().read_raw(raw) else {
        return (None, None);
    };
    let text = |tag: Tag| -> Option<String> {
        match &exif.get_field(tag, In::PRIMARY)?.value {
            Value::Ascii(lines) => Some(String::from_utf8_lossy(lines.first()?).into_owned()),
            _ => None,
        }
    };
    let taken_at = text(Tag::DateTimeOriginal)
        .or_else(|| text(Tag::DateTime))
        .and_then(|text| NaiveDateTime::parse_from_str(text.trim(), "%Y:%m:%d %H:%M:%S").ok());
    let degrees = |tag: Tag, of: Tag, negative: &str| -> Option<f64> {
        let Value::Rational(parts) = &exif.get_field(tag, In::PRIMARY)?.value else {
            return None;
        };
        let part = |at: usize| parts.get(at).map_or(0.0, exif::Rational::to_f64);
        let value = part(0) + part(1) / 60.0 + part(2) / 3600.0;
        let sign = if text(of)?.trim().eq_ignore_ascii_case(negative) {
            -1.0
        } else {
            1.0
        };
        value.is_finite().then_some(sign * value)
    };
    let lon = degrees(Tag::GPSLongitude, Tag::GPSLongitudeRef, "W");
    let lat = degrees(Tag::GPSLatitude, Tag::GPSLatitudeRef, "S");
    let on_earth = |(lon, lat): &(f64, f64)| {
        // Phones without a fix write 0, 0.
        lon.abs() <= 180.0 && lat.abs() <= 90.0 && (*lon != 0.0 || *lat != 0.0)
    };
    (taken_at, lon.zip(lat).filter(on_earth))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(width: u32, height: u32) -> image::RgbImage {
        // Left half red, right half blue: turning shows.
        image::RgbImage::from_fn(width, height, |x, _| {
            image::Rgb(if x * 2 < width {
                [220, 20, 20]
            } else {
                [20, 20, 220]
            })
        })
    }

    fn encoded(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        image.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    /// A JPEG with EXIF: orientation 6 (turn right by 90 degrees), a time, a point and a canary.
    fn with_exif(jpeg: &[u8]) -> Vec<u8> {
        use exif::experimental::Writer;
        use exif::{Field, Rational};
        let rational = |num: u32, denom: u32| Rational { num, denom };
        let ascii = |text: &str| Value::Ascii(vec![text.as_bytes().to_vec()]);
        let field = |tag, value| Field {
            tag,
            ifd_num: In::PRIMARY,
            value,
        };
        let fields = [
            field(Tag::Orientation, Value::Short(vec![6])),
            field(Tag::Make, ascii("CANARY-CAMERA")),
            field(Tag::DateTimeOriginal, ascii("2026:11:27 08:15:30")),
            field(Tag::GPSLatitudeRef, ascii("N")),
            field(
                Tag::GPSLatitude,
                Value::Rational(vec![rational(31, 1), rational(48, 1), rational(36, 1)]),
            ),
            field(Tag::GPSLongitudeRef, ascii("E")),
            field(
                Tag::GPSLongitude,
                Value::Rational(vec![rational(117, 1), rational(12, 1), rational(0, 1)]),
            ),
        ];
        let mut writer = Writer::new();
        for field in &fields {
            writer.push_field(field);
        }
        let mut tiff = Cursor::new(Vec::new());
        writer.write(&mut tiff, false).unwrap();
        let mut segment = b"Exif\0\0".to_vec();
        segment.extend(tiff.into_inner());
        let length = u16::try_from(segment.len() + 2).unwrap().to_be_bytes();
        let mut bytes = jpeg[..2].to_vec();
        bytes.extend([0xff, 0xe1]);
        bytes.extend(length);
        bytes.extend(segment);
        bytes.extend(&jpeg[2..]);
        bytes
    }

    fn holds(bytes: &[u8], needle: &[u8]) -> bool {
        bytes.windows(needle.len()).any(|window| window == needle)
    }

    #[test]
    fn exif_turns_the_photo_is_told_and_is_gone() {
        let plain = encoded(&picture(64, 32).into(), ImageFormat::Jpeg);
        let sent = with_exif(&plain);
        assert!(holds(&sent, b"CANARY-CAMERA"));
        let clean = clean(&sent).unwrap();
        assert!(!holds(&clean.jpeg, b"CANARY") && !holds(&clean.jpeg, b"Exif"));
        assert_eq!((clean.width, clean.height), (32, 64));
        let upright = image::load_from_memory(&clean.jpeg).unwrap().to_rgb8();
        // What was left is now above.
        assert!(upright.get_pixel(16, 8)[0] > 150 && upright.get_pixel(16, 56)[2] > 150);
        assert_eq!(clean.taken_at.unwrap().to_string(), "2026-11-27 08:15:30");
        let (lon, lat) = clean.lon_lat.unwrap();
        assert!((lon - 117.2).abs() < 1e-9 && (lat - 31.81).abs() < 1e-9);
    }

    #[test]
    fn the_longer_side_has_1600_pixels_and_small_photos_stay_as_they_are() {
        for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
            let large = clean(&encoded(&picture(2000, 500).into(), format)).unwrap();
            assert_eq!((large.width, large.height), (1600, 400), "{format:?}");
            assert_eq!(image::guess_format(&large.jpeg).unwrap(), ImageFormat::Jpeg);
            let small = clean(&encoded(&picture(40, 30).into(), format)).unwrap();
            assert_eq!((small.width, small.height), (40, 30));
            assert_eq!((small.taken_at, small.lon_lat), (None, None));
        }
    }

    #[test]
    fn a_portrait_is_upright_three_by_four_small_and_knows_nothing_of_its_camera() {
        let sent = with_exif(&encoded(&picture(1200, 900).into(), ImageFormat::Jpeg));
        let jpeg = portrait(&sent).unwrap();
        assert!(!holds(&jpeg, b"CANARY") && !holds(&jpeg, b"Exif") && !holds(&jpeg, b"2026:"));
        let upright = image::load_from_memory(&jpeg).unwrap().to_rgb8();
        assert_eq!(upright.dimensions(), (360, 480));
        assert!(upright.get_pixel(180, 60)[0] > 150 && upright.get_pixel(180, 420)[2] > 150);
        // Of a wide one the middle, of a high one the upper part.
        for (w, h, wanted) in [
            (1600, 400, (300, 400)),
            (300, 900, (300, 400)),
            (1, 1, (1, 1)),
        ] {
            let cut = portrait(&encoded(&picture(w, h).into(), ImageFormat::Png)).unwrap();
            let cut = image::load_from_memory(&cut).unwrap();
            assert_eq!((cut.width(), cut.height()), wanted, "{w} x {h}");
        }
        // The worst that can be sent: noise, which nothing compresses.
        let mut state = 7_u32;
        let noise = image::RgbImage::from_fn(900, 1200, |_, _| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            image::Rgb([(state >> 8) as u8, (state >> 16) as u8, (state >> 24) as u8])
        });
        let jpeg = portrait(&encoded(&noise.into(), ImageFormat::Png)).unwrap();
        assert!(jpeg.len() <= MAX_PORTRAIT_BYTES, "{} bytes", jpeg.len());
        assert_eq!(portrait(b"<svg/>"), Err(PhotoError::NotAPhoto));
    }

    #[test]
    fn what_is_see_through_becomes_white() {
        let clear = image::RgbaImage::from_pixel(8, 8, image::Rgba([0, 0, 0, 0]));
        let cleaned = clean(&encoded(&clear.into(), ImageFormat::Png)).unwrap();
        let pixel = image::load_from_memory(&cleaned.jpeg).unwrap().to_rgb8();
        assert!(pixel.get_pixel(4, 4).0.iter().all(|c| *c > 250));
    }

    #[test]
    fn what_is_no_photo_is_refused() {
        assert_eq!(clean(b""), Err(PhotoError::Empty));
        for text in [
            &b"<!DOCTYPE html><script>alert(1)</script>"[..],
            b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            b"GIF89a\x01\x00\x01\x00\x00\x00\x00;",
            b"BM1234567890",
        ] {
            assert_eq!(clean(text), Err(PhotoError::NotAPhoto));
        }
        // The signature of a PNG, and a page after it.
        let mut page = b"\x89PNG\r\n\x1a\n".to_vec();
        page.extend(b"<html><script>alert(1)</script></html>");
        assert_eq!(clean(&page), Err(PhotoError::Damaged));
        let whole = encoded(&picture(64, 64).into(), ImageFormat::Png);
        assert_eq!(clean(&whole[..whole.len() / 2]), Err(PhotoError::Damaged));
        assert_eq!(
            clean(&vec![0xff; MAX_PHOTO_BYTES + 1]),
            Err(PhotoError::TooLarge(MAX_PHOTO_BYTES + 1))
        );
    }

    #[test]
    fn a_page_behind_a_photo_does_not_survive() {
        let mut sent = encoded(&picture(16, 16).into(), ImageFormat::Png);
        sent.extend(b"<script>CANARY</script>");
        let clean = clean(&sent).unwrap();
        assert!(!holds(&clean.jpeg, b"CANARY"));
    }

    #[test]
    fn a_bomb_is_refused_before_it_is_decoded() {
        // 19,000 by 19,000 black pixels are 1.1 GB in memory and a few bytes as a PNG header.
        let mut bomb = encoded(&picture(16, 16).into(), ImageFormat::Png);
        let side = 19_000_u32.to_be_bytes();
        bomb[16..20].copy_from_slice(&side);
        bomb[20..24].copy_from_slice(&side);
        let mut crc = libdeflater::Crc::new();
        crc.update(&bomb[12..29]);
        bomb[29..33].copy_from_slice(&crc.sum().to_be_bytes());
        assert_eq!(clean(&bomb), Err(PhotoError::TooManyPixels));
    }
}

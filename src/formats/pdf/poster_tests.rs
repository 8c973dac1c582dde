//! Posters: one page each, nothing dropped, nothing that a name or a coordinate can break.

use std::sync::Arc;

use super::*;

fn square(x: f64, y: f64) -> Vec<[f64; 2]> {
    vec![
        [x, y],
        [x + 52.0, y],
        [x + 52.0, y + 16.0],
        [x, y + 16.0],
        [x, y],
    ]
}

fn sheet() -> PosterSheet {
    let roofs = (0..9u32)
        .map(|n| {
            let (x, y) = (f64::from(n % 3) * 70.0, f64::from(n / 3) * 45.0);
            PosterRoof {
                name: format!("{}幢", n + 1),
                at: [x + 26.0, y + 8.0],
                rings: vec![square(x, y)],
                own: true,
            }
        })
        .collect();
    PosterSheet {
        place: "示例小区 6幢".into(),
        area_label: "07".into(),
        colour: 0,
        cards: vec![
            PosterCard {
                name: "示例甲01".into(),
                note: "每天 8:00–20:00".into(),
                phone: Some("100 0000 0001".into()),
                photo: None,
            },
            PosterCard {
                name: "示例甲02".into(),
                note: "每天 8:00–20:00".into(),
                phone: Some("100 0000 0002".into()),
                photo: None,
            },
        ],
        map: Arc::new(PosterMap {
            outline: vec![vec![
                [-12.0, -12.0],
                [206.0, -12.0],
                [206.0, 120.0],
                [-12.0, 120.0],
                [-12.0, -12.0],
            ]],
            roads: vec![(
                "示例路".into(),
                vec![[-60.0, -24.0], [90.0, -24.0], [260.0, -24.0]],
            )],
            roofs,
            gates: vec![("南门".into(), [20.0, -12.0])],
            ..PosterMap::default()
        }),
        extent: [-30.0, -40.0, 224.0, 138.0],
        here: Some(5),
        url: Some("https://example.org/r/999001001001X001B006".into()),
        contacts: vec![
            ("示例社区".into(), "100 0000 0070".into()),
            ("政务热线".into(), "12345".into()),
        ],
        small_left: vec![
            "2026年12月1日起有效 · 示例方案 第3版".into(),
            "电话为值班专用，只用于联系小管家".into(),
        ],
        small_right: vec![
            "公示牌 07-B006 · 审图号 示例-0000".into(),
            "示例街道".into(),
        ],
        synthetic: true,
    }
}

fn pages(bytes: &[u8]) -> usize {
    bytes.windows(11).filter(|w| *w == b"/Type/Page/").count()
}

#[test]
fn every_sheet_is_a_page_and_nothing_is_missing() {
    let all = [
        sheet(),
        PosterSheet {
            url: None,
            here: None,
            cards: Vec::new(),
            ..sheet()
        },
    ];
    for paper in [Paper::A4, Paper::A3] {
        let made = posters(&all, paper).unwrap();
        assert!(made.bytes.starts_with(b"%PDF-"));
        assert_eq!((made.pages, pages(&made.bytes)), (2, 2));
        assert_eq!(made.missing, Vec::<char>::new());
    }
    if let Ok(path) = std::env::var("GRIDKEEPER_SAMPLE_POSTER") {
        let single = PosterSheet {
            cards: sheet().cards[..1].to_vec(),
            colour: 4,
            ..sheet()
        };
        let (mut pair, mut alone) = (sheet(), single.clone());
        pair.cards[0].photo = Some(face());
        alone.cards[0].photo = Some(face());
        let sheets = [sheet(), single, all[1].clone(), pair, alone];
        let made = posters(&sheets, Paper::A4).unwrap();
        std::fs::write(path, made.bytes).unwrap();
    }
}

/// A face of sorts, as `formats/photo.rs` would make it.
fn face() -> Arc<Vec<u8>> {
    let picture = image::RgbImage::from_fn(360, 480, |x, y| {
        let (dx, dy) = (f32::from(x as u16) - 180.0, f32::from(y as u16) - 190.0);
        let head = (dx / 80.0).powi(2) + (dy / 105.0).powi(2) < 1.0;
        let body = (dx / 150.0).powi(2) + ((dy - 270.0) / 150.0).powi(2) < 1.0;
        image::Rgb(match (head, body) {
            (true, _) => [214, 170, 140],
            (_, true) => [178, 34, 40],
            _ => [226, 232, 236],
        })
    });
    let mut png = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut png, image::ImageFormat::Png).unwrap();
    Arc::new(crate::formats::photo::portrait(&png.into_inner()).unwrap())
}

#[test]
fn a_photo_is_on_its_sheet_as_it_was_encoded_and_never_costs_a_number() {
    let holds = |pdf: &[u8], jpeg: &[u8]| pdf.windows(jpeg.len()).any(|part| part == jpeg);
    let photo = face();
    let mut with = sheet();
    with.cards[1].photo = Some(photo.clone());
    let made = posters(std::slice::from_ref(&with), Paper::A4).unwrap();
    assert!(holds(&made.bytes, &photo));
    // The same photo on many sheets is in the file once.
    let many = posters(&[(); 8].map(|()| with.clone()), Paper::A3).unwrap();
    assert_eq!(
        many.bytes
            .windows(64)
            .filter(|part| *part == &photo[..64])
            .count(),
        1
    );
    // A number that would not fit beside it in letters of 48 points is worth more than the photo.
    with.cards[1].phone = Some("100 0000 0002 转 8008".into());
    let made = posters(std::slice::from_ref(&with), Paper::A4).unwrap();
    assert!(!holds(&made.bytes, &photo));
    with.cards[1].phone = None;
    with.cards[1].photo = Some(Arc::new(b"no photo".to_vec()));
    assert_eq!(posters(&[with], Paper::A4).unwrap().pages, 1);
}

#[test]
fn a_number_that_fits_at_its_least_size_is_whole_at_every_width() {
    let fonts = font::Fonts::new().unwrap();
    let mut missing = std::collections::BTreeSet::new();
    let mut document = krilla::Document::new();
    let mut page = document.start_page();
    let mut surface = page.surface();
    let pen = pen::Pen {
        surface: &mut surface,
        fonts: &fonts,
        missing: &mut missing,
    };
    let phone = "100 0000 0001";
    let least = pen.width_pt(pen::bold(48.0), phone) + 48.0 * 0.86 + 12.0;
    for tenth in 1..2_000 {
        let width = least + tenth as f32 / 10.0;
        let (style, text) = poster::number(&pen, phone, 62.0, width);
        assert_eq!(text, phone, "{width} pt");
        let whole = pen.width_pt(style, phone) + style.size_pt * 0.86 + 12.0;
        assert!(whole <= width + 0.01, "{whole} of {width} pt");
    }
    surface.finish();
    page.finish();
}

#[test]
fn the_same_sheets_give_the_same_bytes() {
    let bytes = || posters(&[sheet()], Paper::A4).unwrap().bytes;
    assert!(bytes() == bytes());
}

#[test]
fn a_name_that_cannot_be_set_is_a_box_and_a_warning() {
    let mut odd = sheet();
    odd.cards[0].name = "示例\u{202e}🙂𰻞<script>".into();
    odd.place = "很长的小区名字".repeat(40);
    odd.cards[1].phone = Some("100 0000 0000".repeat(30));
    let made = posters(&[odd], Paper::A4).unwrap();
    assert_eq!(made.missing, ['\u{202e}', '🙂', '𰻞']);
    assert!(made.warning().unwrap().zh.contains("3 个字"));
}

#[test]
fn places_that_are_nowhere_do_no_harm() {
    let mut broken = sheet();
    broken.extent = [f64::NAN, 0.0, f64::INFINITY, 0.0];
    let mut map = (*broken.map).clone();
    map.roofs[0].rings = vec![vec![[f64::NAN, 1.0], [2.0, f64::INFINITY], [3.0, 3.0]]];
    map.roofs[1].rings.clear();
    broken.map = Arc::new(map);
    broken.here = Some(99);
    broken.url = Some("x".repeat(5_000));
    let empty = PosterSheet {
        map: Arc::default(),
        extent: [0.0; 4],
        ..broken.clone()
    };
    assert_eq!(posters(&[broken, empty], Paper::A4).unwrap().pages, 2);
    assert_eq!(posters(&[], Paper::A4).unwrap().pages, 0);
}

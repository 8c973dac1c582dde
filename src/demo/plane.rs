//! Convex pieces of land in plan metres, where every edge remembers the road beside it.
//!
//! Plan metres are the flat drawing before it is bent to the ground: x grows to the east, y to
//! the south. Invariant: a [`Piece`] is convex and its shoelace area in (x, y) is positive.

/// A point in plan metres.
pub(super) type Point = [f64; 2];

/// A convex polygon; `margins_m[i]` is the half width of the road along the edge from vertex `i`.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    pub corners: Vec<Point>,
    pub margins_m: Vec<f64>,
}

impl Piece {
    pub fn rectangle(x0: f64, y0: f64, x1: f64, y1: f64, margin_m: f64) -> Self {
        Self {
            corners: vec![[x0, y0], [x1, y0], [x1, y1], [x0, y1]],
            margins_m: vec![margin_m; 4],
        }
    }

    pub fn edges(&self) -> impl Iterator<Item = (Point, Point, f64)> + '_ {
        let n = self.corners.len();
        (0..n).map(move |i| {
            (
                self.corners[i],
                self.corners[(i + 1) % n],
                self.margins_m[i],
            )
        })
    }

    pub fn area_m2(&self) -> f64 {
        self.edges()
            .map(|(a, b, _)| a[0] * b[1] - b[0] * a[1])
            .sum::<f64>()
            / 2.0
    }

    pub fn centre(&self) -> Point {
        let (mut s, mut x, mut y) = (0.0, 0.0, 0.0);
        for (a, b, _) in self.edges() {
            let k = a[0] * b[1] - b[0] * a[1];
            s += k;
            x += (a[0] + b[0]) * k;
            y += (a[1] + b[1]) * k;
        }
        [x / 3.0 / s, y / 3.0 / s]
    }

    /// `[x0, y0, x1, y1]`.
    pub fn bounds(&self) -> [f64; 4] {
        let mut b = [f64::MAX, f64::MAX, f64::MIN, f64::MIN];
        for p in &self.corners {
            b = [
                b[0].min(p[0]),
                b[1].min(p[1]),
                b[2].max(p[0]),
                b[3].max(p[1]),
            ];
        }
        b
    }

    pub fn contains(&self, p: Point) -> bool {
        self.edges()
            .all(|(a, b, _)| (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0]) >= 0.0)
    }

    /// Keeps the side where `n · p <= c`; the new edge gets `margin_m`.
    fn clip(&self, n: Point, c: f64, margin_m: f64) -> Self {
        let (mut corners, mut margins_m) = (Vec::new(), Vec::new());
        for (a, b, m) in self.edges() {
            let da = n[0] * a[0] + n[1] * a[1] - c;
            let db = n[0] * b[0] + n[1] * b[1] - c;
            let k = da / (da - db);
            let crossing = [a[0] + (b[0] - a[0]) * k, a[1] + (b[1] - a[1]) * k];
            if da <= 0.0 {
                corners.push(a);
                margins_m.push(m);
                if db > 0.0 {
                    corners.push(crossing);
                    margins_m.push(margin_m);
                }
            } else if db <= 0.0 {
                corners.push(crossing);
                margins_m.push(m);
            }
        }
        Self { corners, margins_m }
    }

    /// The ground left after every edge stepped back by its margin and `extra_m`; the edges keep
    /// their margins as a memory of the road beside them.
    /// `None` when nothing is left.
    pub fn inset(&self, extra_m: f64) -> Option<Self> {
        let mut left = self.clone();
        for (a, b, m) in self.edges() {
            let length = (b[0] - a[0]).hypot(b[1] - a[1]);
            if length < 1e-6 {
                continue;
            }
            let n = [(b[1] - a[1]) / length, -(b[0] - a[0]) / length];
            left = left.clip(n, n[0] * a[0] + n[1] * a[1] - m - extra_m, m);
        }
        (left.corners.len() > 2 && left.area_m2() > 1.0).then_some(left)
    }

    /// Cuts along the line through `a` and `b` for a road of half width `margin_m`.
    /// Slivers under 600 m² vanish into the road.
    pub fn cut(&self, a: Point, b: Point, margin_m: f64) -> Vec<Self> {
        let length = (b[0] - a[0]).hypot(b[1] - a[1]);
        let n = [(b[1] - a[1]) / length, -(b[0] - a[0]) / length];
        let c = n[0] * a[0] + n[1] * a[1];
        [
            self.clip(n, c, margin_m),
            self.clip([-n[0], -n[1]], -c, margin_m),
        ]
        .into_iter()
        .filter(|p| p.corners.len() > 2 && p.area_m2() > 600.0)
        .collect()
    }

    /// The two corners of this piece that lie on the line through `a` and `b`.
    pub fn ends_on(&self, a: Point, b: Point) -> Option<(Point, Point)> {
        let length = (b[0] - a[0]).hypot(b[1] - a[1]);
        let mut on = self.corners.iter().copied().filter(|p| {
            (((b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])) / length).abs() < 0.01
        });
        let first = on.next()?;
        Some((first, on.next_back()?))
    }
}

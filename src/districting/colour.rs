//! Map colours: neighbouring areas differ.
//!
//! DSATUR (Brélaz, 1979), then Kempe chains where it runs out of colours. Not a proof of the four
//! colour theorem: where no exchange helps, the colour with the fewest equal neighbours is taken.

/// A colour below `colours` for every area; `neighbours[i]` lists the areas that touch area `i`.
///
/// Indices out of range and an area as its own neighbour are ignored; `colours` = 0 counts as 1.
pub fn colour_areas(neighbours: &[Vec<u32>], colours: u8) -> Vec<u8> {
    recolour_areas(neighbours, colours, &[])
}

/// The same for a map that has colours: an area keeps its own where no earlier neighbour has kept the same.
pub fn recolour_areas(neighbours: &[Vec<u32>], colours: u8, former: &[Option<u8>]) -> Vec<u8> {
    let colours = colours.clamp(1, 64);
    let n = neighbours.len();
    let mut graph = vec![Vec::new(); n];
    for (a, list) in neighbours.iter().enumerate() {
        for &b in list {
            let b = b as usize;
            if b < n && b != a {
                graph[a].push(b);
                graph[b].push(a);
            }
        }
    }
    for list in &mut graph {
        list.sort_unstable();
        list.dedup();
    }
    let mut colour = vec![NONE; n];
    for a in 0..n {
        if let Some(own) = former.get(a).copied().flatten()
            && own < colours
            && graph[a].iter().all(|&b| colour[b] != own)
        {
            colour[a] = own;
        }
    }
    let mask = |list: &[usize], colour: &[u8]| {
        let used = list.iter().filter(|&&b| colour[b] != NONE);
        used.fold(0u64, |mask, &b| mask | 1 << colour[b])
    };
    let mut seen: Vec<u64> = graph.iter().map(|list| mask(list, &colour)).collect();
    // Max-heap with lazy deletion: most colours around, then most neighbours, then lowest index.
    let rank =
        |a: usize, seen: &[u64]| (seen[a].count_ones(), graph[a].len(), std::cmp::Reverse(a));
    let mut heap: std::collections::BinaryHeap<_> = (0..n).map(|a| rank(a, &seen)).collect();
    while let Some((saturation, _, std::cmp::Reverse(a))) = heap.pop() {
        if colour[a] != NONE || saturation != seen[a].count_ones() {
            continue;
        }
        let free = (0..colours).find(|&c| seen[a] & (1 << c) == 0);
        let chosen = free
            .or_else(|| free_by_exchange(&graph, &mut colour, a, colours))
            .unwrap_or_else(|| least_used(&graph[a], &colour, colours));
        colour[a] = chosen;
        for &b in &graph[a] {
            // After an exchange this may overstate; it only orders and narrows the choice.
            seen[b] |= 1 << chosen;
            if colour[b] == NONE {
                seen[b] = mask(&graph[b], &colour);
                heap.push(rank(b, &seen));
            }
        }
        if free.is_none() {
            for b in 0..n {
                if colour[b] == NONE {
                    let mask = mask(&graph[b], &colour);
                    if mask != seen[b] {
                        seen[b] = mask;
                        heap.push(rank(b, &seen));
                    }
                }
            }
        }
    }
    colour
}

const NONE: u8 = u8::MAX;

/// Frees a colour at `a` by exchanging two colours along a Kempe chain.
fn free_by_exchange(graph: &[Vec<usize>], colour: &mut [u8], a: usize, colours: u8) -> Option<u8> {
    for from in 0..colours {
        for to in (0..colours).filter(|&to| to != from) {
            let mut chain: Vec<usize> = graph[a]
                .iter()
                .copied()
                .filter(|&b| colour[b] == from)
                .collect();
            let mut member: std::collections::BTreeSet<usize> = chain.iter().copied().collect();
            let mut next = 0;
            while next < chain.len() {
                for &b in &graph[chain[next]] {
                    if (colour[b] == from || colour[b] == to) && member.insert(b) {
                        chain.push(b);
                    }
                }
                next += 1;
            }
            if chain
                .iter()
                .all(|&b| colour[b] == from || !graph[a].contains(&b))
            {
                for b in chain {
                    colour[b] = if colour[b] == from { to } else { from };
                }
                return Some(from);
            }
        }
    }
    None
}

/// The colour that the fewest neighbours have.
fn least_used(neighbours: &[usize], colour: &[u8], colours: u8) -> u8 {
    let uses = |c: u8| neighbours.iter().filter(|&&b| colour[b] == c).count();
    (0..colours).min_by_key(|&c| uses(c)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_on_a_triangulated_lattice_differ_with_four_colours() {
        let (w, h) = (17u32, 13u32);
        let neighbours: Vec<Vec<u32>> = (0..w * h)
            .map(|i| {
                let (x, y) = (i % w, i / w);
                let mut list = Vec::new();
                for (dx, dy) in [(1, 0), (0, 1), (1, 1)] {
                    if x + dx < w && y + dy < h {
                        list.push((y + dy) * w + x + dx);
                    }
                }
                list
            })
            .collect();
        let colour = colour_areas(&neighbours, 4);
        for (a, list) in neighbours.iter().enumerate() {
            assert!(colour[a] < 4);
            assert!(
                list.iter().all(|&b| colour[a] != colour[b as usize]),
                "area {a}"
            );
        }
    }

    #[test]
    fn a_map_that_has_colours_keeps_them_where_neighbours_differ() {
        let ring: Vec<Vec<u32>> = (0..6u32).map(|i| vec![(i + 1) % 6]).collect();
        let former = [Some(5), Some(3), Some(3), None, Some(9), Some(1)];
        let colour = recolour_areas(&ring, 6, &former);
        assert_eq!([colour[0], colour[1], colour[5]], [5, 3, 1]);
        assert!(
            (0..6).all(|i| colour[i] < 6 && colour[i] != colour[(i + 1) % 6]),
            "{colour:?}"
        );
    }

    #[test]
    fn an_odd_wheel_is_coloured_and_a_clique_too_large_falls_back() {
        let wheel: Vec<Vec<u32>> = std::iter::once((1..6).collect())
            .chain((1..6u32).map(|i| vec![i % 5 + 1]))
            .collect();
        let colour = colour_areas(&wheel, 4);
        assert!((1..6).all(|i| colour[i] != colour[0] && colour[i] != colour[i % 5 + 1]));
        let clique: Vec<Vec<u32>> = (0..8).map(|_| (0..8).collect()).collect();
        assert!(colour_areas(&clique, 6).iter().all(|&c| c < 6));
        assert!(colour_areas(&[vec![0, 99]], 0) == [0]);
    }
}

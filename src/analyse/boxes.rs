//! Sets of contexts as unions of boxes, and what is left of them when others are taken away.
//!
//! A box has some of the points of each dimension. This decides by itself what the solver decides, by nothing but taking boxes
//! from boxes, so that tests can hold the one against the other. It is for small policies: unions may grow.

/// Some points of one dimension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Points(Vec<u64>);

impl Points {
    /// Of so many points those that fit.
    pub fn new(count: usize, fits: impl Fn(usize) -> bool) -> Self {
        let mut words = vec![0; count.div_ceil(64)];
        (0..count).filter(|&at| fits(at)).for_each(|at| words[at / 64] |= 1 << (at % 64));
        Self(words)
    }

    fn both(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(a, b)| a & b).collect())
    }

    fn without(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(a, b)| a & !b).collect())
    }

    fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }
}

/// A combination of points of each dimension.
type Cube = Vec<Points>;

/// A union of boxes, none of them empty.
#[derive(Clone, Debug, Default)]
pub(super) struct Region(Vec<Cube>);

impl Region {
    /// One box.
    pub fn cube(cube: Cube) -> Self {
        if cube.iter().any(Points::is_empty) { Self::default() } else { Self(vec![cube]) }
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many boxes there are.
    pub fn size(&self) -> usize {
        self.0.len()
    }

    pub fn or(&self, other: &Self) -> Self {
        let mut all = self.clone();
        for cube in &other.0 {
            let is_within = |outer: &Cube| cube.iter().zip(outer).all(|(own, outer)| own.without(outer).is_empty());
            if !all.0.iter().any(is_within) {
                all.0.push(cube.clone());
            }
        }
        all
    }

    pub fn and(&self, other: &Self) -> Self {
        let mut found = Self::default();
        for cube in &self.0 {
            for with in &other.0 {
                let both = cube.iter().zip(with).map(|(a, b)| a.both(b)).collect();
                found = found.or(&Self::cube(both));
            }
        }
        found
    }

    pub fn without(&self, other: &Self) -> Self {
        let mut left = self.clone();
        for taken in &other.0 {
            left.0 = left.0.iter().flat_map(|cube| rest(cube, taken)).collect();
        }
        left
    }

    pub fn any<'r>(regions: impl IntoIterator<Item = &'r Self>) -> Self {
        regions.into_iter().fold(Self::default(), |all, region| all.or(region))
    }
}

/// What is left of a box, in boxes that have nothing in common.
fn rest(cube: &Cube, taken: &Cube) -> Vec<Cube> {
    if cube.iter().zip(taken).any(|(own, taken)| own.both(taken).is_empty()) {
        return vec![cube.clone()];
    }
    let (mut inner, mut found) = (cube.clone(), Vec::new());
    for (at, taken) in taken.iter().enumerate() {
        let outside = inner[at].without(taken);
        if !outside.is_empty() {
            let mut piece = inner.clone();
            piece[at] = outside;
            found.push(piece);
        }
        inner[at] = inner[at].both(taken);
    }
    found
}

//! Something per period and group of one side of a figure, in order, and the two sides of a figure joined.

use std::cmp::Ordering;

use super::context::{Context, GroupKey, Groups, full_outer_join};
use super::rows::{Figures, Rows};
use super::scan::Layout;

/// What a period and group has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<T> {
    /// Position of the period.
    pub bucket: u32,
    /// The group, as a layout numbers it.
    pub group: u64,
    /// What it has.
    pub value: T,
}

/// Something per period and group, in the order of periods, then of groups.
#[derive(Clone, Debug)]
pub struct Grouped<T> {
    /// How groups are numbered.
    pub layout: Layout,
    /// Those that have something.
    pub entries: Vec<Entry<T>>,
}

impl<T: Copy> Grouped<T> {
    /// Parts of a scan, put together.
    pub fn new(layout: &Layout, mut parts: Vec<Vec<Entry<T>>>) -> Self {
        let entries = if parts.len() == 1 { parts.remove(0) } else { parts.concat() };
        Grouped { layout: layout.clone(), entries }
    }

    /// Something else for each.
    pub fn map<U>(self, mut of: impl FnMut(&Entry<T>) -> U) -> Grouped<U> {
        let entry = |entry: &Entry<T>| Entry { bucket: entry.bucket, group: entry.group, value: of(entry) };
        Grouped { entries: self.entries.iter().map(entry).collect(), layout: self.layout }
    }

    fn key(&self, dims: usize, entry: &Entry<T>) -> GroupKey {
        let mut codes = vec![0; dims];
        for (at, &dim) in self.layout.dims.iter().enumerate() {
            codes[dim] = self.layout.code(at, entry.group);
        }
        GroupKey { bucket: entry.bucket, codes }
    }

    /// By the full group: dimensions that the side lacks have code 0.
    pub fn into_groups(self, ctx: &Context<'_, '_>) -> Groups<T> {
        self.entries.iter().map(|entry| (self.key(ctx.dims.len(), entry), entry.value)).collect()
    }
}

/// Writes the rows of what two sides have: each side's groups, and where both have one, both together.
/// `write` appends a row's `N` figures.
pub fn join<A: Copy, B: Copy, const N: usize>(
    ctx: &Context<'_, '_>,
    (left_side, left): (usize, Grouped<A>),
    (right_side, right): (usize, Grouped<B>),
    rows: &mut Rows,
    mut write: impl FnMut(&mut [Figures; N], Option<A>, Option<B>),
) {
    let dims = ctx.dims.len();
    if !left.layout.dims.starts_with(&right.layout.dims) {
        let sides = (&ctx.sides[left_side], &ctx.sides[right_side]);
        let both = full_outer_join((sides.0, left.into_groups(ctx)), (sides.1, right.into_groups(ctx)));
        both.into_iter().for_each(|(key, (a, b))| write(rows.place_key(&key), a, b));
        return;
    }
    // What the left side tells apart within a group of the right; its last part has no value there.
    let parts = left.layout.groups() / right.layout.groups();
    let (mut a, mut b) = (left.entries.iter().peekable(), right.entries.iter());
    let mut other = b.next();
    let mut is_met = false;
    loop {
        let order = match (a.peek(), other) {
            (None, None) => break,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(x), Some(y)) => (x.bucket, x.group / parts).cmp(&(y.bucket, y.group)),
        };
        match (order, other) {
            (Ordering::Greater, Some(y)) => {
                if !is_met {
                    let group = y.group * parts + parts - 1;
                    write(rows.place(&left.layout, dims, y.bucket, group), None, Some(y.value));
                }
                (other, is_met) = (b.next(), false);
            }
            _ => {
                let x = a.next().expect("it has been looked at");
                is_met |= order.is_eq();
                let y = other.filter(|_| order.is_eq()).map(|y| y.value);
                write(rows.place(&left.layout, dims, x.bucket, x.group), Some(x.value), y);
            }
        }
    }
}

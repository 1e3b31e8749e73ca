//! Which random numbers does an entity get?
//!
//! Invariant: a draw depends on the seed, the stream and the entity's number, never on what was
//! drawn for another entity. Ranges are reduced here, in integers, and the heavy tail uses only
//! operations that IEEE 754 rounds exactly, so neither a new version of a library nor another
//! libm changes a byte.

use rand::Rng;
use rand_pcg::Pcg64Mcg;
use rayon::prelude::*;

/// What is being drawn: entities with equal numbers in two streams have nothing in common.
#[derive(Clone, Copy, Debug)]
#[repr(u64)]
pub(crate) enum Stream {
    Day = 1,
    User,
    Busy,
    Contract,
    Payer,
    Usage,
    Event,
    Licence,
    Meeting,
    MeetingSize,
    Attendees,
    Features,
    Ticket,
    TicketOrigin,
    Company,
    Name,
    Guid,
    Subscriber,
    Subscriptions,
    Orders,
    Demands,
    Invoices,
    Settlement,
    Transactions,
    Tags,
    Row,
}

/// Spreads the bits of a number (the finaliser of SplitMix64).
pub(crate) fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The sequence of random numbers of one entity.
pub(crate) struct Draw(Pcg64Mcg);

impl Draw {
    /// The sequence of entity `number` in `stream`.
    pub(crate) fn new(seed: u64, stream: Stream, number: u64) -> Self {
        let high = mix(mix(seed) ^ (stream as u64));
        let low = mix(high ^ mix(number));
        Self(Pcg64Mcg::new(u128::from(mix(low ^ high)) << 64 | u128::from(low)))
    }

    /// All 64 bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number in `0..n`; 0 when `n` is 0.
    pub(crate) fn below(&mut self, n: u32) -> u32 {
        (((self.bits() >> 32) * u64::from(n)) >> 32) as u32
    }

    /// A number in `from..=to`.
    pub(crate) fn between(&mut self, from: i32, to: i32) -> i32 {
        from + self.below((to - from + 1) as u32) as i32
    }

    /// True in `per_10_000` of 10 000 cases.
    pub(crate) fn chance(&mut self, per_10_000: u32) -> bool {
        self.below(10_000) < per_10_000
    }

    /// One of the values, each as likely.
    pub(crate) fn pick<T: Copy>(&mut self, values: &[T]) -> T {
        values[self.below(values.len() as u32) as usize]
    }

    /// The place of one of the weights, as likely as its weight.
    pub(crate) fn weighted(&mut self, weights: &[u32]) -> usize {
        let mut left = self.below(weights.iter().sum());
        for (place, &weight) in weights.iter().enumerate() {
            if left < weight {
                return place;
            }
            left -= weight;
        }
        0
    }

    /// A number in (0, 1].
    fn unit(&mut self) -> f64 {
        ((self.bits() >> 11) + 1) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// A Pareto factor of 1 to `max` in units of 1/100, with exponent 8/7: of many entities
    /// weighted so, one in a hundred carries about a third. `u^(7/8)` is built from square roots,
    /// which every machine rounds alike.
    pub(crate) fn heavy_tail(&mut self, max: u32) -> u32 {
        let unit = self.unit();
        let half = unit.sqrt();
        let quarter = half.sqrt();
        let factor = 100.0 / (half * quarter * quarter.sqrt());
        factor.min(f64::from(max) * 100.0) as u32
    }

    /// A number in `0..n` with the lower ones far likelier: the k-th of n groups gets a share
    /// that falls as k^(-3/5).
    pub(crate) fn rank(&mut self, n: u32) -> u32 {
        let unit = self.unit();
        ((unit * unit * unit.sqrt() * f64::from(n)) as u32).min(n - 1)
    }
}

/// Draws from any number of weighted entities in constant time (Walker's alias method).
pub(crate) struct Alias {
    /// The entity itself is kept while 32 random bits are at or below this; else its alias.
    keep: Vec<u32>,
    alias: Vec<u32>,
}

impl Alias {
    /// A table over `weights`; at least one has to be positive.
    pub(crate) fn new(weights: &[u32]) -> Self {
        let n = weights.len() as u64;
        let total: u64 = weights.par_iter().map(|&weight| u64::from(weight)).sum();
        let mut share: Vec<u64> = weights.iter().map(|&weight| u64::from(weight) * n).collect();
        let mut keep = vec![u32::MAX; weights.len()];
        let mut alias: Vec<u32> = (0..n as u32).collect();
        let (mut small, mut large): (Vec<u32>, Vec<u32>) =
            (0..n as u32).partition(|&entity| share[entity as usize] < total);
        while let (Some(poor), Some(&rich)) = (small.pop(), large.last()) {
            let missing = total - share[poor as usize];
            keep[poor as usize] = ((u128::from(share[poor as usize]) << 32) / u128::from(total)) as u32;
            alias[poor as usize] = rich;
            share[rich as usize] -= missing;
            if share[rich as usize] < total {
                large.pop();
                small.push(rich);
            }
        }
        Self { keep, alias }
    }

    /// An entity, as likely as its weight.
    pub(crate) fn draw(&self, draw: &mut Draw) -> u32 {
        let entity = draw.below(self.keep.len() as u32);
        if draw.bits() as u32 <= self.keep[entity as usize] { entity } else { self.alias[entity as usize] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_depend_on_the_entity_alone() {
        let first = |number| Draw::new(7, Stream::User, number).bits();
        assert_eq!(first(3), first(3));
        assert_ne!(first(3), first(4));
        assert_ne!(first(3), Draw::new(7, Stream::Meeting, 3).bits());
        assert_ne!(first(3), Draw::new(8, Stream::User, 3).bits());
    }

    #[test]
    fn alias_keeps_the_weights() {
        let weights = [0, 10, 30, 0, 60];
        let table = Alias::new(&weights);
        let mut draw = Draw::new(1, Stream::User, 0);
        let mut counts = [0u32; 5];
        for _ in 0..100_000 {
            counts[table.draw(&mut draw) as usize] += 1;
        }
        assert_eq!((counts[0], counts[3]), (0, 0));
        for (count, weight) in counts.into_iter().zip(weights) {
            assert!(count.abs_diff(weight * 1000) < 1000, "{counts:?}");
        }
    }

    #[test]
    fn the_tail_is_heavy_and_bounded() {
        let mut draw = Draw::new(1, Stream::User, 0);
        let mut values: Vec<u32> = (0..100_000).map(|_| draw.heavy_tail(800)).collect();
        values.sort_unstable();
        let total: u64 = values.iter().map(|&value| u64::from(value)).sum();
        let top: u64 = values[99_000..].iter().map(|&value| u64::from(value)).sum();
        assert!(values[0] >= 100 && values[99_999] <= 80_000);
        assert!((28..42).contains(&(top * 100 / total)), "{}", top * 100 / total);
    }
}

//! In which order do rows stand? By period, totals behind their groups, then by what stands between period
//! and measures: text by bytes, numbers before texts, missing values last.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use rayon::prelude::*;

use super::QueryError;
use super::execute::{Block, Executor, Kind, OTHER};
use super::plan::Place;
use crate::kpi::dims::Dim;

/// Below this many rows, one thread compares them faster than it wakes another.
const ROWS_MIN: usize = 1 << 16;

/// How a value of a column is sorted: text by bytes, behind numbers, missing last.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Order {
    Number(i64),
    Text(String),
    Missing,
}

impl Executor<'_, '_> {
    /// The rows of all blocks, one block behind the other, in their order; none when they stand in it.
    pub(super) fn order(&self, blocks: &[Block]) -> Result<Option<Vec<usize>>, QueryError> {
        if let [block] = blocks
            && self.stands_in_order(block)
        {
            return Ok(None);
        }
        let ranks: Vec<Vec<usize>> =
            self.plan.places.iter().map(|place| self.ranks(blocks, place)).collect::<Result<_, _>>()?;
        let of = |block: &Block| {
            let is_total = block.kind == Kind::Totals;
            block.rows.buckets.iter().map(|&bucket| (bucket, is_total)).collect::<Vec<_>>()
        };
        let places: Vec<(u32, bool)> = blocks.iter().flat_map(of).collect();
        let mut order: Vec<usize> = (0..places.len()).collect();
        order.sort_by(|&a, &b| {
            let by_value = || ranks.iter().map(|ranks| ranks[a]).cmp(ranks.iter().map(|ranks| ranks[b]));
            places[a].cmp(&places[b]).then_with(by_value)
        });
        Ok(Some(order))
    }

    /// Whether a block's rows stand in their order, as far as that can be told from codes alone.
    fn stands_in_order(&self, block: &Block) -> bool {
        let mut codes: Vec<&[u32]> = Vec::new();
        let mut extra: Vec<&[Option<i64>]> = Vec::new();
        for place in &self.plan.places {
            match *place {
                Place::Dim(at) => match position(block, &self.plan.dims[at].name) {
                    Some((d, Some(dim))) if dim.is_in_order && extra.is_empty() => {
                        codes.extend(block.rows.codes.get(d).map(Vec::as_slice));
                    }
                    _ => return false,
                },
                Place::Extra(at) => extra.extend(block.rows.extra.get(at).map(Vec::as_slice)),
            }
        }
        let buckets = &block.rows.buckets;
        // A missing value, code 0, comes last.
        let behind = |code: u32| code.wrapping_sub(1);
        let numbered = |value: Option<i64>| (value.is_none(), value);
        (1..buckets.len()).into_par_iter().with_min_len(ROWS_MIN).all(|row| {
            let by_bucket = buckets[row - 1].cmp(&buckets[row]);
            let by_code = codes.iter().fold(by_bucket, |order, codes| {
                order.then_with(|| behind(codes[row - 1]).cmp(&behind(codes[row])))
            });
            let order = extra.iter().fold(by_code, |order, values| {
                order.then_with(|| numbered(values[row - 1]).cmp(&numbered(values[row])))
            });
            order.is_lt()
        })
    }

    /// The rank of each row's value in a column.
    fn ranks(&self, blocks: &[Block], place: &Place) -> Result<Vec<usize>, QueryError> {
        let mut ranks: BTreeMap<Order, usize> = BTreeMap::new();
        let mut orders: Vec<Order> = Vec::new();
        for block in blocks {
            let rows = &block.rows;
            match *place {
                Place::Extra(at) => {
                    let order = |value: &Option<i64>| value.map_or(Order::Missing, Order::Number);
                    match rows.extra.get(at) {
                        Some(values) => orders.extend(values.iter().map(order)),
                        None => orders.resize(orders.len() + rows.len(), Order::Missing),
                    }
                }
                Place::Dim(at) => match position(block, &self.plan.dims[at].name) {
                    Some((d, dim)) => {
                        let mut known: BTreeMap<u32, Order> = BTreeMap::new();
                        for &code in rows.codes.get(d).map_or(&[][..], Vec::as_slice) {
                            let order = match known.entry(code) {
                                Entry::Occupied(entry) => entry.get().clone(),
                                Entry::Vacant(entry) => entry.insert(self.value(dim, code, 2)?.1).clone(),
                            };
                            orders.push(order);
                        }
                    }
                    None => {
                        let is_other = block.kind == Kind::Other;
                        let order = if is_other { Order::Text(OTHER.into()) } else { Order::Missing };
                        orders.resize(orders.len() + rows.len(), order);
                    }
                },
            }
        }
        orders.iter().for_each(|order| {
            if !ranks.contains_key(order) {
                ranks.insert(order.clone(), 0);
            }
        });
        (0..).zip(ranks.values_mut()).for_each(|(rank, value)| *value = rank);
        Ok(orders.iter().map(|order| ranks[order]).collect())
    }
}

/// Where a block has a dimension, and how it becomes a value.
pub(super) fn position<'b>(block: &'b Block, name: &str) -> Option<(usize, Option<&'b Dim>)> {
    let at = block.dims.iter().position(|(dimension, _)| dimension.name == name)?;
    Some((at, block.dims[at].1.as_ref()))
}

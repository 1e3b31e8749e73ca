//! How does an invoice end, and which payments is that?
//!
//! Invariant: what an outcome pays depends on what is due and on the day alone.

use super::Story;
use super::payments::{Due, State, arrive};
use crate::generate::billing::money::{self, Amount};
use crate::generate::billing::subscriber::Payer;
use crate::generate::billing::world::World;
use crate::generate::calendar::Day;
use crate::generate::rng::Draw;

/// What an invoice comes to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    InTime,
    Late,
    InParts,
    TooMuch,
    Twice,
    TooLittle,
    OtherCurrency,
    AwaitingApproval,
    Never,
    Credited,
    PaidAndCredited,
}

use Outcome::{
    AwaitingApproval, Credited, InParts, InTime, Late, Never, OtherCurrency, PaidAndCredited, TooLittle,
    TooMuch, Twice,
};

const OUTCOMES: [Outcome; 11] = [
    InTime,
    Late,
    InParts,
    TooMuch,
    Twice,
    TooLittle,
    OtherCurrency,
    AwaitingApproval,
    Never,
    Credited,
    PaidAndCredited,
];

impl Outcome {
    /// Draws what an invoice comes to.
    pub(super) fn draw(draw: &mut Draw, payer: Payer, is_abandoned: bool) -> Self {
        if is_abandoned {
            return if draw.chance(6000) { Credited } else { Never };
        }
        let weights = match payer {
            Payer::Punctual => [838, 60, 12, 15, 6, 10, 6, 12, 16, 20, 5],
            Payer::Late => [250, 510, 60, 15, 5, 60, 3, 4, 60, 28, 5],
            Payer::Poor => [120, 300, 80, 10, 2, 180, 3, 2, 280, 20, 3],
        };
        OUTCOMES[draw.weighted(&weights)]
    }

    /// Whether something is left when a reminder is due.
    pub(super) fn is_overdue(self) -> bool {
        self == Late || self.is_lost()
    }

    /// Whether it is never settled.
    pub(super) fn is_lost(self) -> bool {
        matches!(self, TooLittle | Never | OtherCurrency)
    }
}

/// The payments of an outcome.
pub(super) fn pay(world: &World, story: &mut Story, draw: &mut Draw, outcome: Outcome, due: Due, day: Day) {
    let part = money::percent(due.amount, i64::from(draw.between(20, 80)));
    let is_noticed = draw.chance(6000);
    let mut pay = |amount: Amount, day: Day| arrive(world, story, draw, Due { amount, ..due }, day);
    match outcome {
        InTime | Late | PaidAndCredited => {
            pay(due.amount, day);
        }
        InParts => {
            let rest = due.amount - part;
            let half = money::percent(rest, 50);
            pay(part, day);
            // Two instalments come in one file of the bank.
            pay(half, day + 20);
            pay(rest - half, day + 20);
        }
        TooMuch => {
            pay(due.amount + part, day);
            if is_noticed {
                pay(-part, day + 12);
            }
        }
        Twice => {
            pay(due.amount, day);
            if pay(due.amount, day).is_some() {
                pay(-due.amount, day + 25);
            }
        }
        TooLittle => {
            pay(part, day);
        }
        OtherCurrency | AwaitingApproval => {
            if pay(due.amount, day).is_some()
                && let Some(payment) = story.payments.last_mut()
            {
                match outcome {
                    OtherCurrency => payment.currency = payment.currency.other(),
                    _ => payment.state = State::AwaitingApproval,
                }
            }
        }
        Never | Credited => {}
    }
}

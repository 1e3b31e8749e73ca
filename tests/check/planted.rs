//! Every rule fires on a planted fault, and on no other row.
//!
//! A fault is some lines and the rules that they break; all faults of a model lie in one store, and
//! what the check finds there must be what the faults say, key by key.

use std::collections::BTreeSet;

use crate::Edit::{self, Add};
use crate::clean::{BILLING, PLATFORM};
use crate::{Broken, Store, broken, declared};

/// Lines, and what they break: rule, place, keys.
type Fault = (&'static [Edit], &'static [(&'static str, &'static str, &'static [&'static str])]);

fn lines(faults: &[Fault]) -> Vec<Edit> {
    faults.iter().flat_map(|(edits, _)| edits.iter().copied()).collect()
}

fn expected(faults: &[Fault]) -> Broken {
    let mut all = Broken::new();
    for (rule, on, keys) in faults.iter().flat_map(|(_, breaks)| breaks.iter()) {
        let known = all.entry(((*rule).to_owned(), (*on).to_owned())).or_default();
        known.extend(keys.iter().map(|key| (*key).to_owned()));
    }
    all
}

fn assert_found(found: &Broken, faults: &[Fault]) {
    let expected = expected(faults);
    for (place, keys) in &expected {
        assert_eq!(found.get(place), Some(keys), "{place:?}");
    }
    let more: Vec<_> = found.iter().filter(|(place, _)| !expected.contains_key(place)).collect();
    assert!(more.is_empty(), "nobody planted {more:?}");
}

const U: &str = "users.csv";
const L: &str = "licenses.csv";
const M: &str = "meetings.csv";
const T: &str = "attendees.csv";
const F: &str = "features_usage.csv";
const K: &str = "support_tickets.csv";
const E: &str = "billing_events.csv";

const PLATFORM_FAULTS: &[Fault] = &[
    (
        &[Add(M, "M10,U9,,,Instant,2024-03-01 09:00:00,2024-03-01 09:30:00,30")],
        &[("unknown_reference", "meetings.host_user_id", &["M10"])],
    ),
    (
        &[Add(T, "T10,M99,U8,,2024-03-01 09:00:00,2024-03-01 09:30:00,Good")],
        &[
            ("unknown_reference", "attendees.meeting_id", &["T10"]),
            ("unknown_reference", "attendees.user_id", &["T10"]),
        ],
    ),
    (
        &[
            Add(E, "E10,U1,Gift,1.00,NOK,2024-07-01,Card"),
            Add(E, "E11,U1,Gift,1.00,NOK,2024-07-01,Card"),
            Add(E, "E12,U1,Raffle,1.00,NOK,2024-07-01,Card"),
        ],
        &[(
            "outside_domain",
            "billing_events.event_type",
            &["{\"event_type\":\"Gift\",\"rows\":2}", "{\"event_type\":\"Raffle\",\"rows\":1}"],
        )],
    ),
    (
        &[Add(E, "E13,U1,Renewal,1.00,,2024-07-01,Card"), Add(E, "E14,U1,Renewal,1.00,XXX,2024-07-01,Card")],
        &[("currency_missing", "billing_events.currency", &["E13", "E14"])],
    ),
    (
        &[Add(E, "E15,U1,Renewal,,NOK,2024-07-01,Card")],
        &[("amount_missing", "billing_events.amount", &["E15"])],
    ),
    (
        &[
            Add(L, "L10,Pro,1970-01-01,1970-02-01,Suspended,,"),
            Add(L, "L11,Pro,2024-01-01,9999-12-31,Suspended,,"),
        ],
        &[
            ("date_placeholder", "licenses.start_date", &["L10"]),
            ("date_placeholder", "licenses.end_date", &["L10", "L11"]),
        ],
    ),
    (&[Add(U, "U20,Anna,ANN@A.example ,Pro,Acme,2024-01-05")], &[("email_twice", "users", &["U20"])]),
    (
        // On the day itself is not before it.
        &[
            Add(U, "U21,Di,di@d.example,Pro,Acme,2024-05-01"),
            Add(M, "M11,U21,,,Instant,2024-04-30 09:00:00,2024-04-30 09:30:00,30"),
            Add(M, "M12,U21,,,Instant,2024-05-01 00:00:00,2024-05-01 00:30:00,30"),
            Add(T, "T11,M1,U21,,2024-03-01 09:00:00,2024-03-01 09:30:00,Good"),
            Add(K, "K10,U21,Audio,Open,Low,2024-04-30,,"),
            Add(E, "E16,U21,Renewal,1.00,NOK,2024-04-30,Card"),
        ],
        &[
            ("before_registration", "meetings", &["M11"]),
            ("before_registration", "attendees", &["T11"]),
            ("before_registration", "support_tickets", &["K10"]),
            ("before_registration", "billing_events", &["E16"]),
        ],
    ),
    (
        // Both L14 and L15 begin while L13 runs; L16 begins on the day after.
        &[
            Add(U, "U22,Ed,ed@e.example,Pro,Acme,2024-01-01"),
            Add(L, "L13,Pro,2024-01-01,2024-03-31,Suspended,U22,"),
            Add(L, "L14,Add-on,2024-02-01,2024-02-10,Suspended,U22,"),
            Add(L, "L15,Pro,2024-03-31,2024-03-31,Suspended,U22,"),
            Add(L, "L16,Pro,2024-04-01,,Suspended,U22,"),
        ],
        &[("licence_overlap", "licenses", &["L14", "L15"])],
    ),
    (
        // as_of is 2024-07-10: a term that ends then still covers it.
        &[
            Add(L, "L17,Pro,2024-01-01,2024-07-10,Expired,,"),
            Add(L, "L18,Pro,2024-01-01,,expired,,"),
            Add(L, "L19,Pro,2024-01-01,2024-07-09,Active,,"),
            Add(L, "L20,Pro,2024-01-01,2024-07-10,Active,,"),
        ],
        &[
            ("licence_expired_early", "licenses", &["L17", "L18"]),
            ("licence_active_past_end", "licenses", &["L19"]),
        ],
    ),
    (
        &[Add(M, "M13,U1,,,Instant,2024-03-01 09:00:00,2024-03-01 08:59:59,")],
        &[("meeting_backwards", "meetings", &["M13"])],
    ),
    (
        // A minute off is rounding, a second more is not.
        &[
            Add(M, "M14,U1,,,Instant,2024-03-01 09:00:00,2024-03-01 09:31:00,30"),
            Add(M, "M15,U1,,,Instant,2024-03-01 09:00:00,2024-03-01 09:31:01,30"),
            Add(M, "M16,U1,,,Instant,2024-03-01 09:00:00,2024-03-01 09:30:00,32"),
        ],
        &[("meeting_duration", "meetings", &["M15", "M16"])],
    ),
    (
        &[
            Add(M, "M17,U1,,,Webinar,2024-03-01 09:00:00,2024-03-02 09:00:00,"),
            Add(M, "M18,U1,,,Webinar,2024-03-01 09:00:00,2024-03-02 09:00:01,"),
        ],
        &[("meeting_long", "meetings", &["M18"])],
    ),
    (
        &[Add(T, "T12,M1,,,2024-03-01 09:10:00,2024-03-01 09:09:59,Good")],
        &[("stay_backwards", "attendees", &["T12"])],
    ),
    (
        // M1 runs from 09:00:10 to 09:31:05.
        &[
            Add(T, "T13,M1,,,2024-03-01 08:45:10,2024-03-01 09:46:05,Good"),
            Add(T, "T14,M1,,,2024-03-01 08:45:09,2024-03-01 09:30:00,Good"),
            Add(T, "T15,M1,,,2024-03-01 09:10:00,2024-03-01 09:46:06,Good"),
            Add(T, "T16,M1,,,2024-03-02 09:10:00,,Good"),
        ],
        &[("stay_outside_meeting", "attendees", &["T14", "T15", "T16"])],
    ),
    (
        &[Add(F, "F10,M1,Chat,1,1,2024-03-01 09:46:06"), Add(F, "F11,M1,Chat,1,1,2024-03-01 09:46:05")],
        &[("use_outside_meeting", "features_usage", &["F10"])],
    ),
    (
        &[Add(K, "K11,U1,Audio,RESOLVED,Low,2024-03-05,,"), Add(K, "K12,U1,Audio,Closed,Low,2024-03-05,,")],
        &[("ticket_closed_without_date", "support_tickets", &["K11", "K12"])],
    ),
    (
        &[Add(K, "K13,U1,Audio,Escalated,Low,2024-03-05,2024-03-06,")],
        &[("ticket_open_with_close_date", "support_tickets", &["K13"])],
    ),
    (
        &[
            Add(E, "E17,U1,Upgrade,-1.00,NOK,2024-07-01,Card"),
            Add(E, "E18,U1,Credit,-1.00,NOK,2024-07-01,Card"),
        ],
        &[("charge_negative", "billing_events", &["E17"])],
    ),
];

const ORG: &str = "dbo.Organizations.csv";
const PRO: &str = "dbo.Products.csv";
const SUB: &str = "dbo.Subscribers.csv";
const CON: &str = "dbo.SubscriberContacts.csv";
const TAG: &str = "dbo.Tag.csv";
const ACT: &str = "economy.AccountTransaction.csv";
const INV: &str = "economy.Invoices.csv";
const DEM: &str = "economy.PaymentDemands.csv";
const DET: &str = "economy.PaymentDemandDetails.csv";
const FEE: &str = "economy.PaymentDemandFees.csv";
const ALL: &str = "economy.PaymentDemandAllowances.csv";
const LED: &str = "economy.SubscriberLedgers.csv";
const BAL: &str = "economy.SubscriberAmounts.csv";
const ORD: &str = "order.Orders.csv";
const PER: &str = "subscription.Subscriptions.csv";
const CAN: &str = "subscription.CanceledSubscriptions.csv";
const CTR: &str = "subscription.Contracts.csv";
const PKG: &str = "subscription.SubscriptionPackages.csv";
const PPR: &str = "subscription.SubscriptionPackageProducts.csv";
const GRP: &str = "dbo.ProductReportingGroups.csv";
const PAY: &str = "payment.Payments.csv";

const BILLING_FAULTS: &[Fault] = &[
    // Who and what.
    (
        &[Add(ORG, "O10,north,UTC"), Add(GRP, "GP10,G1,P10,"), Add(PRO, "P10,Paper,1,Print")],
        &[("name_twice", "organizations.Name", &["O10"]), ("name_twice", "products.Name", &["P10"])],
    ),
    (
        &[Add(ORG, "O11,West,Europe/Olso"), Add(ORG, "O12,East,")],
        &[("zone_unknown", "organizations", &["O11", "O12"])],
    ),
    (&[Add(CON, "C10,S1,1,Oslo,a@x.example")], &[("two_primary_contacts", "subscriber_contacts", &["C10"])]),
    (&[Add(SUB, "S10,1010,Cy,,C1")], &[("contact_of_another", "subscribers", &["S10"])]),
    (
        &[Add(ACT, "X10,S1,A2,O1,Charge,1.00,NOK,")],
        &[("account_of_another", "account_transactions", &["X10"])],
    ),
    (
        // N1 is there, but no payment; a kind that is not known leads nowhere.
        &[Add(TAG, "T10,x,N1,Payment"), Add(TAG, "T11,x,N77,"), Add(TAG, "T12,x,N1,Parcel")],
        &[
            ("tag_unresolved", "tags", &["T10", "T11", "T12"]),
            ("outside_domain", "tags.ReferenceType", &["{\"ReferenceType\":\"Parcel\",\"rows\":1}"]),
        ],
    ),
    (
        &[Add(PRO, "P11,Podcast,1,Web"), Add(GRP, "GP11,,P11,")],
        &[("product_without_group", "products", &["P11"])],
    ),
    // Invoices.
    (
        &[
            Add(INV, "I10,601,S1,O1,,2025-01-02,2025-01-01,,1.00,NOK,Open"),
            Add(INV, "I11,602,S1,O1,,2025-01-02,2025-01-02,,1.00,NOK,paid"),
            Add(INV, "I12,603,S1,O1,,2025-01-02,2025-01-02,2025-01-03,1.00,NOK,WrittenOff"),
            Add(INV, "I13,501,S1,O1,,2025-01-02,2025-01-02,,1.00,NOK,Open"),
        ],
        &[
            ("invoice_due_before_issue", "invoices", &["I10"]),
            ("invoice_paid_without_date", "invoices", &["I11"]),
            ("invoice_unpaid_with_date", "invoices", &["I12"]),
            ("invoice_number_twice", "invoices", &["I13"]),
            // 502 to 600 are missing before it.
            ("invoice_number_gap", "invoices", &["I10"]),
        ],
    ),
    (
        // The demand claims 30.00 and 5.00 of fees.
        &[
            Add(INV, "I14,604,S1,O1,,2025-01-02,2025-01-02,,30.00,NOK,Open"),
            Add(DEM, "D10,S1,A1,O1,I14,2025-01-02,2025-01-02,,,,30.00,NOK,"),
            Add(DET, "DD10,D10,,,,P1,External,,30.00"),
            Add(FEE, "FE10,D10,Reminder,5.00"),
        ],
        &[("invoice_amount", "invoices", &["I14"])],
    ),
    (
        // 20.00 are claimed that are not credited; 20.00 + 0.01 are paid, 5.00 more wait for approval.
        // 7.995 are paid as well as they can be.
        &[
            Add(INV, "I15,605,S1,O1,,2025-01-02,2025-01-02,,50.00,NOK,Open"),
            Add(DEM, "D11,S1,A1,O1,I15,2025-01-02,2025-01-02,,,,20.00,NOK,"),
            Add(DEM, "D12,S1,A1,O1,I15,2025-01-02,2025-01-02,,2025-01-03,,30.00,NOK,"),
            Add(DET, "DD11,D11,,,,P1,External,,20.00"),
            Add(DET, "DD12,D12,,,,P1,External,,30.00"),
            Add(PAY, "Y10,S1,A1,O1,I15,2025-01-05 10:00:00,,20.00,NOK,OCR,,Completed"),
            Add(PAY, "Y11,S1,A1,O1,I15,2025-01-06 10:00:00,,0.01,NOK,OCR,,Completed"),
            Add(INV, "I18,608,S1,O1,,2025-01-02,2025-01-02,,7.995,NOK,Open"),
            Add(DEM, "D22,S1,A1,O1,I18,2025-01-02,2025-01-02,,,,7.995,NOK,"),
            Add(DET, "DD22,D22,,,,P1,External,,7.995"),
            Add(PAY, "Y20,S1,A1,O1,I18,2025-01-05 10:00:00,,8.00,NOK,OCR,,Completed"),
            Add(PAY, "Y12,S1,A1,O1,I15,2025-01-06 10:00:00,,5.00,NOK,OCR,,AwaitingApproval"),
        ],
        &[("invoice_overpaid", "invoices", &["I15"])],
    ),
    // Demands.
    (
        &[
            Add(DEM, "D13,S1,A1,O1,,2025-01-02,2025-01-02,,,,30.00,NOK,"),
            Add(DET, "DD13,D13,,,,P1,External,,29.9999"),
        ],
        &[("demand_amount", "payment_demands", &["D13"])],
    ),
    (
        &[Add(DEM, "D14,S1,A1,O1,,2025-01-02,2025-01-02,,,,30.00,NOK,")],
        &[("demand_without_details", "payment_demands", &["D14"])],
    ),
    (
        &[
            Add(DET, "DD14,,,,,P1,External,,1.00"),
            Add(FEE, "FE11,D99,Reminder,1.00"),
            Add(ALL, "AL10,,,Gift,1.00"),
        ],
        &[
            ("part_without_demand", "payment_demand_details", &["DD14"]),
            ("part_without_demand", "payment_demand_fees", &["FE11"]),
            ("part_without_demand", "payment_demand_allowances", &["AL10"]),
            ("unknown_reference", "payment_demand_fees.PaymentDemandId", &["FE11"]),
        ],
    ),
    (
        &[
            Add(DEM, "D15,S1,A1,O1,,2025-01-02,2025-01-01,,,,1.00,NOK,"),
            Add(DEM, "D16,S1,A1,O1,,2025-01-02,2025-01-02,2025-01-01,,,1.00,NOK,"),
            Add(DEM, "D17,S1,A1,O1,,2025-01-02,2025-01-02,,,2025-01-01,1.00,NOK,"),
            Add(DEM, "D18,S1,A1,O1,,2025-01-02,2025-01-02,2025-01-03,2025-01-04,,1.00,NOK,"),
            Add(DET, "DD15,D15,,,,P1,External,,1.00"),
            Add(DET, "DD16,D16,,,,P1,External,,1.00"),
            Add(DET, "DD17,D17,,,,P1,External,,1.00"),
            Add(DET, "DD18,D18,,,,P1,External,,1.00"),
        ],
        &[
            ("demand_due_before_issue", "payment_demands", &["D15"]),
            ("demand_ended_before_issue", "payment_demands", &["D16", "D17"]),
            ("demand_ended_twice", "payment_demands", &["D18"]),
        ],
    ),
    (
        &[
            Add(DEM, "D19,S1,A1,O1,,2025-01-02,2025-01-02,,,,,NOK,"),
            Add(DET, "DD19,D19,,,,P1,External,,1.00"),
            Add(ALL, "AL11,D19,,Gift,1.01"),
        ],
        &[("demand_claim_negative", "payment_demands", &["D19"])],
    ),
    (
        &[
            Add(INV, "I16,606,S1,O1,,2025-01-02,2025-01-02,,1.00,NOK,Open"),
            Add(DEM, "D20,S1,A1,O1,I16,2025-01-02,2025-01-02,,,,1.00,SEK,"),
            Add(DET, "DD20,D20,,,,P1,External,,1.00"),
            Add(INV, "I17,607,S1,O1,,2025-01-02,2025-01-02,,1.00,NOK,Open"),
            Add(DEM, "D21,S2,A2,O1,I17,2025-01-02,2025-01-02,,,,1.00,NOK,"),
            Add(DET, "DD21,D21,,,,P1,External,,1.00"),
        ],
        &[
            ("demand_other_currency", "payment_demands", &["D20"]),
            ("demand_other_subscriber", "payment_demands", &["D21"]),
        ],
    ),
    (
        &[Add(ACT, "X11,S1,A1,O1,Allowance,1.00,NOK,"), Add(ALL, "AL12,D2,X11,Gift,0.00")],
        &[("transaction_billed_and_open", "account_transactions", &["X11"])],
    ),
    // Payments.
    (
        &[
            Add(PAY, "Y13,S1,A1,O1,I14,2025-01-05 10:00:00,,1.00,SEK,OCR,,Completed"),
            Add(PAY, "Y14,S1,A1,O1,,2025-01-05 10:00:00,,1.00,NOK,OCR,,Completed"),
            Add(PAY, "Y15,S1,A1,O1,I99,2025-01-05 10:00:00,,1.00,NOK,OCR,,Completed"),
        ],
        &[
            ("payment_other_currency", "payments", &["Y13"]),
            ("payment_without_invoice", "payments", &["Y14"]),
            ("unknown_reference", "payments.InvoiceId", &["Y15"]),
        ],
    ),
    (
        // The same but for the hour; of another source it is another payment.
        &[
            Add(PAY, "Y16,S1,A1,O1,I14,2025-01-07 10:00:00,,1.00,NOK,OCR,,Completed"),
            Add(PAY, "Y17,S1,A1,O1,I14,2025-01-07 11:00:00,,1.00,NOK,OCR,,Completed"),
            Add(PAY, "Y18,S1,A1,O1,I14,2025-01-07 10:00:00,,1.00,NOK,Manual,,Completed"),
        ],
        &[("payment_twice", "payments", &["Y17"])],
    ),
    (
        // 3.00 in the ledger, 2.00 shipped, and a shipped balance without a ledger.
        &[
            Add(LED, "LE10,S1,A1,O2,2025-01-05,Charge,3.00,NOK,,,"),
            Add(BAL, "S1,O2,NOK,2.00"),
            Add(BAL, "S2,O2,NOK,7.00"),
        ],
        &[(
            "ledger_balance",
            "subscriber_amounts",
            &[
                "{\"Currency\":\"NOK\",\"OrganizationId\":\"O2\",\"SubscriberId\":\"S1\",\"difference\":\"-1.00\",\"expected\":\"3.00\",\"shipped\":\"2.00\"}",
                "{\"Currency\":\"NOK\",\"OrganizationId\":\"O2\",\"SubscriberId\":\"S2\",\"difference\":\"7.00\",\"expected\":\"0.00\",\"shipped\":\"7.00\"}",
            ],
        )],
    ),
    // Orders.
    (
        &[
            Add(ORD, "R10,S1,O1,,Completed,2025-01-05 10:00:00,,,1.00,NOK,,"),
            Add(ORD, "R11,S1,O1,,Rejected,2025-01-05 10:00:00,2025-01-06 10:00:00,,1.00,NOK,,"),
            Add(ORD, "R12,S1,O1,,2,2025-01-05 10:00:00,,,1.00,NOK,,"),
            Add(ORD, "R13,S1,O1,,Completed,2025-01-05 10:00:00,2025-01-05 09:59:59,,1.00,NOK,,"),
            Add(ORD, "R14,S1,O1,,Cancelled,2025-01-05 10:00:00,,2025-01-04 10:00:00,1.00,NOK,,"),
            Add(ORD, "R15,S1,O1,,InProgress,2025-01-05 10:00:00,,,,NOK,,"),
        ],
        &[
            ("order_completed_without_date", "orders", &["R10"]),
            ("order_uncompleted_with_date", "orders", &["R11"]),
            ("order_cancelled_without_date", "orders", &["R12"]),
            ("order_ended_before_created", "orders", &["R13", "R14"]),
            ("amount_missing", "orders.Value", &["R15"]),
        ],
    ),
    // Subscriptions; the columns are
    // Id,SubscriberId,Account,Organization,Start,End,Price,Tax,Units,Currency,IsCancelled,Date,Reason,Type,IsRenewed,Previous,Next,Package
    (
        &[
            Add(PER, "N10,S1,A1,O1,2025-01-02,2025-01-01,1.00,25,1,NOK,0,,,,0,,,K1"),
            Add(PER, "N11,S1,A1,O1,,2025-01-01,1.00,25,1,NOK,0,,,,0,,,K1"),
            Add(PER, "N12,S1,A1,O1,2025-01-02,,1.00,25,0,NOK,0,,,,0,,,K1"),
            Add(PER, "N13,S1,A1,O1,2025-01-02,,1.00,100.5,1,NOK,0,,,,0,,,K1"),
        ],
        &[
            ("subscription_backwards", "subscriptions", &["N10"]),
            ("subscription_without_start", "subscriptions.StartDate", &["N11"]),
            ("units_not_positive", "subscriptions.Units", &["N12"]),
            ("percent_outside", "subscriptions.TaxPercent", &["N13"]),
        ],
    ),
    (
        // 1000 months after nothing is no frequency; neither is a package that is not there.
        &[
            Add(PKG, "K10,Odd,1.00,NOK,25,1,1000,1,0,,"),
            Add(PPR, "KP10,K10,P1,1,1.00"),
            Add(PER, "N14,S1,A1,O1,2025-01-02,,1.00,25,1,NOK,0,,,,0,,,K10"),
            Add(PER, "N15,S1,A1,O1,2025-01-02,,1.00,25,1,NOK,0,,,,0,,,"),
            Add(PER, "N16,S1,A1,O1,2025-01-02,,1.00,25,1,NOK,0,,,,0,,,K99"),
        ],
        &[
            ("frequency_unknown", "subscriptions", &["N14", "N15", "N16"]),
            ("unknown_reference", "subscriptions.SubscriptionPackageId", &["N16"]),
        ],
    ),
    (
        &[Add(PKG, "K11,Bare,1.00,NOK,-1,1,1001,1,0,,"), Add(PPR, "KP11,K11,,1,1.00")],
        &[
            ("package_without_products", "subscription_packages", &["K11"]),
            ("percent_outside", "subscription_packages.TaxPercent", &["K11"]),
        ],
    ),
    // Chains.
    (
        // A circle of two and one of one; N22 leads into the first, and is not of it.
        &[
            Add(PER, "N20,S1,A1,O1,2025-01-01,2025-01-01,1.00,25,1,NOK,0,,,,1,N21,N21,K1"),
            Add(PER, "N21,S1,A1,O1,2025-01-01,2025-01-01,1.00,25,1,NOK,0,,,,1,N20,N20,K1"),
            Add(PER, "N22,S1,A1,O1,2025-01-01,2025-01-01,1.00,25,1,NOK,0,,,,1,,N20,K1"),
            Add(PER, "N23,S1,A1,O1,2025-01-01,2025-01-01,1.00,25,1,NOK,0,,,,1,N23,N23,K1"),
        ],
        &[
            ("chain_cycle", "subscriptions.NextSubscriptionId", &["N20", "N21", "N23"]),
            ("chain_cycle", "subscriptions.PreviousSubscriptionId", &["N20", "N21", "N23"]),
            ("chain_one_sided", "subscriptions", &["N22"]),
        ],
    ),
    (
        // N24 ends a day before N25 starts. N26 ends a day after N27 starts; N28 is open, but cancelled
        // by the day that N29 starts; N30 is open.
        &[
            Add(PER, "N24,S1,A1,O1,2025-01-01,2025-01-31,1.00,25,1,NOK,0,,,,1,,N25,K1"),
            Add(PER, "N25,S1,A1,O1,2025-02-01,,1.00,25,1,NOK,0,,,,0,N24,,K1"),
            Add(PER, "N26,S1,A1,O1,2025-01-01,2025-02-02,1.00,25,1,NOK,0,,,,1,,N27,K1"),
            Add(PER, "N27,S1,A1,O1,2025-02-01,,1.00,25,1,NOK,0,,,,0,N26,,K1"),
            Add(PER, "N28,S1,A1,O1,2025-01-01,,1.00,25,1,NOK,1,2025-02-01,Moved,,1,,N29,K1"),
            Add(PER, "N29,S1,A1,O1,2025-02-01,,1.00,25,1,NOK,0,,,,0,N28,,K1"),
            Add(PER, "N30,S1,A1,O1,2025-01-01,,1.00,25,1,NOK,0,,,,1,,N31,K1"),
            Add(PER, "N31,S1,A1,O1,2025-02-01,,1.00,25,1,NOK,0,,,,0,N30,,K1"),
            Add(CAN, "Z10,N28,2025-01-20,2025-02-01,Moved,Regular"),
        ],
        &[("chain_gap", "subscriptions", &["N24"]), ("chain_overlap", "subscriptions", &["N26", "N30"])],
    ),
    (
        // N34 names N33 as its previous one, which names none as its next.
        &[
            Add(PER, "N32,S1,A1,O1,2025-01-01,2025-02-01,1.00,25,1,NOK,0,,,,1,,N35,K1"),
            Add(PER, "N35,S2,A2,O1,2025-02-01,,1.00,25,1,NOK,0,,,,0,N32,,K1"),
            Add(PER, "N33,S1,A1,O1,2025-01-01,2025-02-01,1.00,25,1,NOK,0,,,,1,,,K1"),
            Add(PER, "N34,S1,A1,O1,2025-02-01,2025-03-01,1.00,25,1,NOK,0,,,,0,N33,N36,K1"),
            Add(PER, "N36,S1,A1,O1,2025-03-01,,1.00,25,1,NOK,0,,,,,N34,,K1"),
        ],
        &[
            ("chain_other_subscriber", "subscriptions", &["N32"]),
            ("renewed_without_next", "subscriptions", &["N33"]),
            ("chain_one_sided", "subscriptions", &["N34"]),
            ("next_without_renewal", "subscriptions", &["N34"]),
        ],
    ),
    // Cancellations.
    (
        &[
            Add(PER, "N40,S1,A1,O1,2025-01-01,2025-02-01,1.00,25,1,NOK,1,2025-02-01,,Regular,0,,,K1"),
            Add(CAN, "Z11,N40,2025-01-20,2025-02-01,,Regular"),
            Add(PER, "N41,S1,A1,O1,2025-01-01,2025-02-01,1.00,25,1,NOK,1,,Moved,Regular,0,,,K1"),
            Add(CAN, "Z12,N41,2025-01-20,2025-02-01,Moved,Regular"),
            Add(PER, "N42,S1,A1,O1,2025-01-01,2025-02-01,1.00,25,1,NOK,0,2025-02-01,,,0,,,K1"),
            Add(PER, "N43,S1,A1,O1,2025-01-01,2025-02-01,1.00,25,1,NOK,1,2025-02-02,Moved,Regular,0,,,K1"),
            Add(CAN, "Z13,N43,2025-01-20,2025-02-02,Moved,Regular"),
            Add(PER, "N44,S1,A1,O1,2025-01-01,2025-02-01,1.00,25,1,NOK,0,,,,0,,,K1"),
            Add(CAN, "Z14,N44,2025-01-20,2025-02-01,Moved,Regular"),
            Add(PER, "N45,S1,A1,O1,2025-01-01,2025-02-01,1.00,25,1,NOK,1,2025-02-01,Moved,Regular,0,,,K1"),
            Add(PER, "N46,S1,A1,O1,2025-01-01,2025-02-01,1.00,25,1,NOK,1,2025-01-31,Moved,Regular,0,,,K1"),
            Add(CAN, "Z15,N46,2025-01-20,2025-02-01,Moved,Regular"),
            Add(CAN, "Z16,N40,2025-02-02,,Moved,Regular"),
        ],
        &[
            ("cancelled_without_reason", "subscriptions", &["N40"]),
            ("cancelled_without_date", "subscriptions", &["N41"]),
            ("cancellation_date_unused", "subscriptions", &["N42"]),
            ("cancelled_after_end", "subscriptions", &["N43"]),
            ("cancellation_after_end", "canceled_subscriptions", &["Z13", "Z16"]),
            ("cancellation_not_marked", "canceled_subscriptions", &["Z14"]),
            ("cancellation_not_registered", "subscriptions", &["N45"]),
            ("cancellation_other_date", "canceled_subscriptions", &["Z15"]),
        ],
    ),
    (&[Add(CTR, "H10,N1,2025-01-02,2025-01-01,12")], &[("contract_backwards", "contracts", &["H10"])]),
];

/// What breaks only when the row that makes it ambiguous comes with a later load.
const LATER: &[Fault] = &[(&[Add(TAG, "T20,x,N3,")], &[("tag_ambiguous", "tags", &["T20"])])];

#[test]
fn platform_faults_are_found() {
    let store = Store::with(PLATFORM, &lines(PLATFORM_FAULTS));
    assert_found(&broken(&store.check(&["--samples", "100"])), PLATFORM_FAULTS);
}

#[test]
fn billing_faults_are_found() {
    let all = [BILLING_FAULTS, LATER].concat();
    let store = Store::with(BILLING, &lines(&all));
    let later = (
        "payment.Payments.csv",
        "Id,InvoiceId,PaymentDate,Amount,Currency,State\nN3,I14,2025-01-08 10:00:00,0.50,NOK,AwaitingApproval\n",
    );
    store.load("later", &[later], &[]);
    assert_found(&broken(&store.check(&["--samples", "100"])), &all);
}

#[test]
fn mistyped_years_are_found() {
    // Two of 2001 facts may lie behind the usual end, which is the day of M1998, 20 March.
    let mut meetings = String::from("meeting_id,host_user_id,start_time\n");
    (0..1998).for_each(|n| meetings += &format!("M{n},,2024-03-01 09:00:00\n"));
    meetings += "M1998,,2024-03-20 09:00:00\nM1999,,2024-04-21 00:00:00\nM2000,,2042-03-01 09:00:00\n";
    let meetings: &'static str = meetings.leak();
    let store = Store::with(&[("meetings.csv", meetings)], &[]);
    let ahead = |args: &[&str]| {
        let found = broken(&store.check(&[&["--samples", "5"], args].concat()));
        found.get(&("date_ahead".into(), "meetings.start_time".into())).cloned().unwrap_or_default()
    };
    let keys = |all: &[&str]| all.iter().map(|key| (*key).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(ahead(&[]), keys(&["M1999", "M2000"]));
    assert_eq!(ahead(&["--as-of", "2024-04-30"]), keys(&["M2000"]));
    // Midnight of 21 April in UTC is still the 20th in New York, 31 days after the usual end.
    assert_eq!(ahead(&["--tz", "America/New_York"]), keys(&["M2000"]));
}

#[test]
fn clean_exports_break_nothing() {
    let all = [PLATFORM, BILLING].concat();
    let store = Store::with(&all, &[]);
    let check = store.check(&[]);
    assert_eq!(broken(&check), Broken::new());
    // Nothing is left out for want of data: each rule has rows to look at.
    for rule in check["rules"].as_array().unwrap() {
        assert_eq!(rule["status"], "holds", "{rule}");
        let rows: u64 =
            rule["findings"].as_array().unwrap().iter().map(|f| f["rows"].as_u64().unwrap()).sum();
        assert!(rows > 0, "{rule}");
    }
}

#[test]
fn every_rule_has_a_planted_fault() {
    let all = [PLATFORM_FAULTS, BILLING_FAULTS, LATER].concat();
    let planted: BTreeSet<String> = expected(&all).into_keys().map(|(rule, _)| rule).collect();
    let mut wanted = declared();
    // It has a test of its own, because it takes a thousand facts.
    wanted.remove("date_ahead");
    assert_eq!(planted, wanted);
}

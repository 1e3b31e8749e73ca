//! What do the billing tables hold?
//!
//! Invariant: a dataset is only rows; nothing in it is derived from other rows. Columns that no
//! figure depends on are left out of it.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;

use super::cells::{Attributes, Cell, Units};
use super::world::World;
use crate::reference::answer::{Answer, answer, no_answer};
use crate::reference::data::{Model, Sheet, show};
use crate::reference::request::Request;

/// A row of a table: the first column is its key.
pub trait Record {
    const FILE: &'static str;
    const HEADER: &'static [&'static str];

    fn cells(&self) -> Vec<&dyn Cell>;

    fn key(&self) -> &str;
}

/// The files to which `Record` rows are written, in the words of an export.
fn sheet<T: Record>(rows: &[T]) -> Sheet {
    let row = |row: &T| row.cells().iter().map(|cell| cell.text()).collect();
    Sheet { name: T::FILE, header: T::HEADER.to_vec(), rows: rows.iter().map(row).collect() }
}

fn half<T: Clone>(rows: &[T], second: bool) -> Vec<T> {
    let (first_half, second_half) = rows.split_at(rows.len() / 2);
    if second { second_half.to_vec() } else { first_half.to_vec() }
}

/// Declares each table once: its type, its rows in the dataset, its file, its columns.
macro_rules! tables {
    ($($table:ident, $list:ident, $file:literal { $($field:ident: $type:ty = $header:literal,)* })*) => {
        $(
            #[derive(Clone, Debug, Default)]
            pub struct $table {
                pub key: String,
                $(pub $field: $type,)*
            }

            impl Record for $table {
                const FILE: &'static str = $file;
                const HEADER: &'static [&'static str] = &["Id", $($header),*];

                fn cells(&self) -> Vec<&dyn Cell> {
                    vec![&self.key, $(&self.$field),*]
                }

                fn key(&self) -> &str {
                    &self.key
                }
            }
        )*

        #[derive(Clone, Default)]
        pub struct Dataset {
            $(pub $list: Vec<$table>,)*
            pub rates: Vec<Rate>,
            /// Rows of the shipped KPI tables, which no answer may use.
            pub shipped: Vec<Sheet>,
        }

        impl Dataset {
            /// The first half of every table's rows, or the second.
            pub fn half(&self, second: bool) -> Dataset {
                Dataset {
                    $($list: half(&self.$list, second),)*
                    rates: self.rates.clone(),
                    shipped: if second { Vec::new() } else { self.shipped.clone() },
                }
            }

            fn tables(&self) -> Vec<Sheet> {
                vec![$(sheet(&self.$list)),*]
            }
        }
    };
}

type Text = Option<String>;
/// The key of a row of another table.
type Key = Option<String>;
type Day = Option<Date>;
type Time = Option<Timestamp>;
type Amount = Option<Units>;
type Number = Option<i64>;
type Flag = Option<bool>;

tables! {
    Organization, organizations, "organizations" {
        name: Text = "Name",
        time_zone: Text = "TimeZoneId",
    }
    Product, products, "dbo.Products" {
        name: Text = "Name",
        price: Amount = "Price",
        category: Text = "ProductCategory",
    }
    Subscriber, subscribers, "subscribers" {
        number: Text = "SubscriberNumber",
        external_id: Text = "ExternalId",
        zip: Text = "Zip",
        city: Text = "City",
        country: Text = "Country",
        contact: Key = "ContactId",
    }
    Contact, contacts, "subscriber_contacts" {
        subscriber: Key = "SubscriberId",
        is_primary: Flag = "IsPrimary",
        zip: Text = "Zip",
        city: Text = "City",
        country: Text = "Country",
        identification: Option<Attributes> = "Identification",
    }
    Account, accounts, "subscriber_accounts" {
        subscriber: Key = "SubscriberId",
    }
    Tag, tags, "Tag" {
        value: Text = "Value",
        reference: Key = "ReferenceId",
        reference_type: Text = "ReferenceType",
    }
    ReportingGroup, reporting_groups, "reporting_groups" {
        name: Text = "Name",
    }
    GroupMember, group_members, "product_reporting_groups" {
        group: Key = "ReportingGroupId",
        product: Key = "ProductId",
        discount: Text = "PermanentDiscount",
    }
    Transaction, transactions, "economy.AccountTransaction" {
        subscriber: Key = "SubscriberId",
        account: Key = "SubscriberAccountId",
        organization: Key = "OrganizationId",
        kind: Text = "Type",
        amount: Amount = "Amount",
        currency: Text = "Currency",
        start: Time = "StartTime",
    }
    Invoice, invoices, "invoices" {
        subscriber: Key = "SubscriberId",
        organization: Key = "OrganizationId",
        subscription: Key = "SubscriptionId",
        issue_date: Day = "IssueDate",
        due_date: Day = "DueDate",
        paid_date: Day = "PaidDate",
        amount: Amount = "Amount",
        currency: Text = "Currency",
        status: Text = "Status",
    }
    Demand, demands, "economy.PaymentDemands" {
        subscriber: Key = "SubscriberId",
        account: Key = "SubscriberAccountId",
        organization: Key = "OrganizationId",
        invoice: Key = "InvoiceId",
        enterprise_plan: Key = "EnterprisePlanId",
        issue_date: Date = "IssueDate",
        due_date: Day = "DueDate",
        settle_date: Day = "SettleDate",
        credit_date: Day = "CreditDate",
        write_off_date: Day = "WriteOffDate",
        amount: Amount = "Amount",
        currency: Text = "Currency",
        payment_method: Text = "PaymentMethod",
    }
    Detail, details, "payment_demand_details" {
        demand: Key = "PaymentDemandId",
        subscription: Key = "SubscriptionId",
        next_subscription: Key = "NextSubscriptionId",
        order: Key = "OrderId",
        product: Key = "ProductId",
        amount: Amount = "Amount",
    }
    Fee, fees, "payment_demand_fees" {
        demand: Key = "PaymentDemandId",
        amount: Amount = "Amount",
    }
    Allowance, allowances, "payment_demand_allowances" {
        demand: Key = "PaymentDemandId",
        amount: Amount = "Amount",
    }
    Charge, charges, "payment_demand_charges" {
        demand: Key = "PaymentDemandId",
        amount: Amount = "Amount",
    }
    Ledger, ledgers, "subscriber_ledgers" {
        subscriber: Key = "SubscriberId",
        account: Key = "SubscriberAccountId",
        organization: Key = "OrganizationId",
        date: Day = "LedgerDate",
        kind: Text = "LedgerType",
        amount: Amount = "Amount",
        currency: Text = "Currency",
    }
    Order, orders, "order.Orders" {
        subscriber: Key = "SubscriberId",
        organization: Key = "OrganizationId",
        subscription: Key = "SubscriptionId",
        status: Text = "Status",
        created: Timestamp = "CreatedDate",
        completed: Time = "CompletedDate",
        cancelled: Time = "CancelledDate",
        value: Amount = "Value",
        currency: Text = "Currency",
        payment_method: Text = "PaymentMethod",
        template: Text = "TemplatePackageName",
    }
    OrderProduct, order_products, "order.Products" {
        order: Key = "OrderId",
        product: Key = "ProductId",
        quantity: Amount = "Quantity",
        price: Amount = "Price",
    }
    Subscription, subscriptions, "subscriptions" {
        subscriber: Key = "SubscriberId",
        account: Key = "SubscriberAccountId",
        organization: Key = "OrganizationId",
        start_date: Day = "StartDate",
        end_date: Day = "EndDate",
        price: Amount = "Price",
        tax_percent: Amount = "TaxPercent",
        units: Number = "Units",
        currency: Text = "Currency",
        is_cancelled: Flag = "IsCancelled",
        cancellation_date: Day = "CancellationDate",
        cancellation_reason: Text = "CancellationReason",
        cancellation_type: Text = "CancellationType",
        is_renewed: Flag = "IsRenewed",
        previous: Key = "PreviousSubscriptionId",
        next: Key = "NextSubscriptionId",
        package: Key = "SubscriptionPackageId",
        enterprise_plan: Key = "EnterprisePlanId",
    }
    Cancellation, cancellations, "canceled_subscriptions" {
        subscription: Key = "SubscriptionId",
        cancelled_on: Day = "CancelledOn",
        effective_date: Day = "EffectiveDate",
        reason: Text = "Reason",
        kind: Text = "Type",
    }
    Contract, contracts, "contracts" {
        subscription: Key = "SubscriptionId",
        start_date: Day = "StartDate",
        end_date: Day = "EndDate",
        term_length: Number = "TermLength",
    }
    EnterprisePlan, enterprise_plans, "enterprise_plans" {
        name: Text = "Name",
    }
    Package, packages, "subscription_packages" {
        name: Text = "Name",
        price: Amount = "Price",
        units: Number = "Units",
        billing_frequency: Number = "BillingFrequencyId",
        chain: Text = "SubscriptionPackageChainId",
        chain_step: Number = "ChainStep",
        initial_term_type: Number = "InitialTermType",
        automatic_stop: Flag = "AutomaticStop",
        discount: Text = "PermanentDiscount",
        discount_percent: Amount = "PermanentDiscountPercent",
    }
    PackageProduct, package_products, "subscription_package_products" {
        package: Key = "SubscriptionPackageId",
        product: Key = "ProductId",
        quantity: Amount = "Quantity",
        price: Amount = "Price",
    }
    Payment, payments, "payments" {
        subscriber: Key = "SubscriberId",
        account: Key = "SubscriberAccountId",
        organization: Key = "OrganizationId",
        invoice: Key = "InvoiceId",
        payment_date: Time = "PaymentDate",
        value_date: Day = "ValueDate",
        amount: Amount = "Amount",
        currency: Text = "Currency",
        source: Text = "Source",
        payment_method: Text = "PaymentMethod",
        state: Text = "State",
    }
}

/// So many units of the currency converted to are one unit of this one, from a day on.
#[derive(Clone, Debug)]
pub struct Rate {
    pub date: Date,
    pub currency: String,
    /// In units of 10^-4.
    pub rate: Units,
}

impl Model for Dataset {
    fn sheets(&self) -> Vec<Sheet> {
        let mut sheets = self.tables();
        sheets.extend(self.shipped.clone());
        sheets
    }

    fn rates(&self) -> Option<Sheet> {
        let row = |rate: &Rate| vec![rate.date.to_string(), rate.currency.clone(), rate.rate.text()];
        let header = vec!["date", "currency", "rate"];
        Some(Sheet { name: "rates", header, rows: self.rates.iter().map(row).collect() })
    }

    fn answer(&self, request: &Request) -> Answer {
        World::new(self, request).map_or_else(|| no_answer(request), |world| answer(&world))
    }
}

/// A failing case is read by people.
impl fmt::Debug for Dataset {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(&self.sheets(), out)?;
        self.rates().map_or(Ok(()), |rates| show(&[rates], out))
    }
}

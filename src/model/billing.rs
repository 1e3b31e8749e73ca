//! The tables of a subscription business: orders, subscriptions, billing, payments.

use super::table::ColumnType::{
    AnyReference, Attributes, Bool, Category, Date, Decimal, Integer, Key, Money, Reference, Text, Timestamp,
};
use super::table::{ColumnDef, ColumnType, KeyScope, Model, TableDef, Unit};

const fn col(name: &'static str, ty: ColumnType) -> ColumnDef {
    ColumnDef::new(name, ty)
}

const ID: ColumnDef = col("Id", Key).required();
const SUBSCRIBER: ColumnDef = col("SubscriberId", Reference("subscribers"));
const ACCOUNT: ColumnDef = col("SubscriberAccountId", Reference("subscriber_accounts"));
const ORGANIZATION: ColumnDef = col("OrganizationId", Reference("organizations")).or_name("OrganizationName");
const SUBSCRIPTION: ColumnDef = col("SubscriptionId", Reference("subscriptions"));
const INVOICE: ColumnDef = col("InvoiceId", Reference("invoices"));
const DEMAND: ColumnDef = col("PaymentDemandId", Reference("payment_demands"));
const TRANSACTION: ColumnDef = col("AccountTransactionId", Reference("account_transactions"));
const ORDER: ColumnDef = col("OrderId", Reference("orders"));
const PRODUCT: ColumnDef = col("ProductId", Reference("products"));
const PACKAGE: ColumnDef = col("SubscriptionPackageId", Reference("subscription_packages"));
const ENTERPRISE: ColumnDef = col("EnterprisePlanId", Reference("enterprise_plans"));
const CURRENCY: ColumnDef = col("Currency", Category).currency();

const ORDER_STATUS: ColumnDef = col("Status", Category)
    .domain(&["InProgress", "Completed", "Cancelled", "Rejected"])
    .codes(&[("0", "InProgress"), ("1", "Completed"), ("2", "Cancelled"), ("3", "Rejected")]);
const CANCELLATION_TYPES: &[&str] = &["Regular", "Automatic", "PaymentStop", "Pause", "PlanChange", "Delete"];

const DBO: TableDef = TableDef {
    name: "",
    model: Model::Billing,
    schema: "dbo",
    aliases: &[],
    row: "",
    columns: &[],
    time: None,
    key_scope: KeyScope::Table,
    shipped: false,
};
const ECONOMY: TableDef = TableDef { schema: "economy", ..DBO };
const ORDERS: TableDef = TableDef { schema: "order", ..DBO };
const SUBSCRIPTIONS: TableDef = TableDef { schema: "subscription", ..DBO };
const PAYMENT: TableDef = TableDef { schema: "payment", ..DBO };

pub(super) const TABLES: &[TableDef] = &[
    TableDef {
        name: "organizations",
        aliases: &["organization"],
        row: "a selling organization",
        columns: &[
            ID,
            col("Name", Text),
            col("Email", Text),
            col("Phone", Text),
            col("Address", Text),
            col("ZipCode", Text),
            col("City", Category),
            col("Country", Category),
            col("TimeZoneId", Category),
        ],
        ..DBO
    },
    TableDef {
        name: "products",
        aliases: &["product"],
        row: "a product",
        columns: &[
            ID,
            col("Name", Text),
            col("Description", Text),
            col("Price", Money),
            col("ProductCategory", Category),
        ],
        ..DBO
    },
    TableDef {
        name: "subscriber_contacts",
        aliases: &["subscriber_contact"],
        row: "a subscriber's contact",
        columns: &[
            ID,
            SUBSCRIBER,
            col("Type", Category),
            col("IsPrimary", Bool),
            col("Address", Text).pii(),
            col("Zip", Text),
            col("City", Category),
            col("Country", Category),
            col("Email", Text).pii(),
            col("Phone", Text).pii(),
            col("Identification", Attributes),
        ],
        ..DBO
    },
    TableDef {
        name: "subscribers",
        aliases: &["subscriber"],
        row: "a subscriber",
        columns: &[
            ID,
            col("SubscriberNumber", Text),
            col("ExternalId", Text),
            col("Name", Text).pii(),
            col("Email", Text).pii(),
            col("Phone", Text).pii(),
            col("AddressLines", Text).pii(),
            col("Zip", Text),
            col("City", Category),
            col("Country", Category),
            col("ContactId", Reference("subscriber_contacts")),
        ],
        ..DBO
    },
    TableDef {
        name: "subscriber_accounts",
        aliases: &["subscriber_account"],
        row: "a subscriber's account",
        columns: &[ID, SUBSCRIBER, col("AccountNumber", Text), col("FirstUsed", Date)],
        ..DBO
    },
    TableDef {
        name: "reporting_groups",
        aliases: &["reporting_group"],
        row: "a group of products and discounts",
        columns: &[ID, col("Name", Text), col("Type", Category)],
        ..DBO
    },
    TableDef {
        name: "product_reporting_groups",
        aliases: &["product_reporting_group"],
        row: "a product's or a discount's place in a group",
        columns: &[
            ID,
            col("ReportingGroupId", Reference("reporting_groups")),
            PRODUCT,
            col("PermanentDiscount", Category),
        ],
        ..DBO
    },
    TableDef {
        name: "account_transactions",
        aliases: &["account_transaction"],
        row: "an allowance or charge not yet billed",
        columns: &[
            ID,
            SUBSCRIBER,
            ACCOUNT,
            ORGANIZATION,
            col("Type", Category).domain(&["Allowance", "Charge"]),
            col("Amount", Money).min(0),
            CURRENCY,
            col("StartTime", Timestamp),
            col("EndTime", Timestamp),
            col("Text", Text),
        ],
        ..ECONOMY
    },
    TableDef {
        name: "invoices",
        aliases: &["invoice"],
        row: "an invoice",
        columns: &[
            ID,
            col("InvoiceNumber", Text),
            SUBSCRIBER,
            ORGANIZATION,
            SUBSCRIPTION,
            col("IssueDate", Date),
            col("DueDate", Date),
            col("PaidDate", Date),
            col("Amount", Money),
            CURRENCY,
            col("Status", Category).domain(&["Open", "Issued", "Credited", "Paid", "WrittenOff"]),
        ],
        ..ECONOMY
    },
    TableDef {
        name: "payment_demands",
        aliases: &["payment_demand"],
        row: "a demand for payment",
        columns: &[
            ID,
            SUBSCRIBER,
            ACCOUNT,
            ORGANIZATION,
            INVOICE,
            ENTERPRISE,
            col("IssueDate", Date).required(),
            col("DueDate", Date),
            col("SettleDate", Date),
            col("CreditDate", Date),
            col("WriteOffDate", Date),
            col("Amount", Money),
            CURRENCY,
            col("PaymentMethod", Category),
        ],
        ..ECONOMY
    },
    TableDef {
        name: "payment_demand_details",
        aliases: &["payment_demand_detail"],
        row: "a line of a demand",
        columns: &[
            ID,
            DEMAND,
            SUBSCRIPTION,
            col("NextSubscriptionId", Reference("subscriptions")),
            ORDER,
            PRODUCT,
            col("Type", Category).domain(&["Subscription", "Order", "External"]),
            col("Text", Text),
            col("Amount", Money),
        ],
        ..ECONOMY
    },
    TableDef {
        name: "payment_demand_fees",
        aliases: &["payment_demand_fee"],
        row: "a fee on a demand",
        columns: &[ID, DEMAND, col("Type", Category), col("Amount", Money)],
        ..ECONOMY
    },
    TableDef {
        name: "payment_demand_allowances",
        aliases: &["payment_demand_allowance"],
        row: "an allowance that reduces a demand's claim",
        columns: &[ID, DEMAND, TRANSACTION, col("Type", Category), col("Amount", Money)],
        ..ECONOMY
    },
    TableDef {
        name: "payment_demand_charges",
        aliases: &["payment_demand_charge"],
        row: "a charge that increases a demand's claim",
        columns: &[ID, DEMAND, TRANSACTION, col("Type", Category), col("Amount", Money)],
        ..ECONOMY
    },
    TableDef {
        name: "subscriber_ledgers",
        aliases: &["subscriber_ledger"],
        row: "an entry of a subscriber's ledger",
        columns: &[
            ID,
            SUBSCRIBER,
            ACCOUNT,
            ORGANIZATION,
            col("LedgerDate", Date),
            col("LedgerType", Category)
                .domain(&["Charge", "Payment", "Balance", "Credit", "Debit", "Refund"]),
            col("Text", Text),
            col("Amount", Money),
            CURRENCY,
            INVOICE,
            DEMAND,
            col("PaymentId", Reference("payments")),
        ],
        ..ECONOMY
    },
    TableDef {
        name: "subscriber_amounts",
        row: "a shipped balance",
        columns: &[SUBSCRIBER, ORGANIZATION, CURRENCY, col("Amount", Money)],
        shipped: true,
        ..ECONOMY
    },
    TableDef {
        name: "orders",
        aliases: &["order"],
        row: "an order",
        columns: &[
            ID,
            SUBSCRIBER,
            ORGANIZATION,
            SUBSCRIPTION,
            ORDER_STATUS,
            col("CreatedDate", Timestamp).required(),
            col("CompletedDate", Timestamp),
            col("CancelledDate", Timestamp),
            col("Value", Money),
            CURRENCY,
            col("PaymentMethod", Category),
            col("TemplatePackageName", Category),
        ],
        ..ORDERS
    },
    TableDef {
        name: "order_products",
        aliases: &["products", "order_product"],
        row: "a line of an order",
        columns: &[ID, ORDER, PRODUCT, col("Name", Text), col("Quantity", Decimal), col("Price", Money)],
        ..ORDERS
    },
    TableDef {
        name: "order_amounts",
        row: "a shipped day of orders",
        columns: &[
            ORGANIZATION,
            col("Date", Date),
            ORDER_STATUS,
            CURRENCY,
            col("Amount", Money),
            col("Orders", Integer),
        ],
        shipped: true,
        ..ORDERS
    },
    TableDef {
        name: "order_completed_amounts",
        row: "a shipped day of completed orders",
        columns: &[ORGANIZATION, col("Date", Date), CURRENCY, col("Amount", Money), col("Orders", Integer)],
        shipped: true,
        ..ORDERS
    },
    TableDef {
        name: "subscriptions",
        aliases: &["subscription"],
        row: "one period of a subscription",
        columns: &[
            ID,
            SUBSCRIBER,
            ACCOUNT,
            ORGANIZATION,
            col("ExternalId", Text),
            col("SubscriptionNumber", Text),
            col("Name", Text),
            col("StartDate", Date),
            col("EndDate", Date),
            col("Price", Money),
            col("TaxPercent", Decimal),
            col("Units", Integer),
            CURRENCY,
            col("IsCancelled", Bool),
            col("CancellationDate", Date),
            col("CancellationReason", Category),
            col("CancellationType", Category).domain(CANCELLATION_TYPES),
            col("IsRenewed", Bool),
            col("RenewedOn", Date),
            col("PreviousSubscriptionId", Reference("subscriptions")),
            col("NextSubscriptionId", Reference("subscriptions")),
            PACKAGE,
            ENTERPRISE,
        ],
        ..SUBSCRIPTIONS
    },
    TableDef {
        name: "canceled_subscriptions",
        aliases: &["cancelled_subscriptions", "canceled_subscription", "cancelled_subscription"],
        row: "a cancellation",
        columns: &[
            ID,
            SUBSCRIPTION,
            col("CancelledOn", Date).alias(&["CanceledOn"]),
            col("EffectiveDate", Date),
            col("Reason", Category),
            col("Type", Category).domain(CANCELLATION_TYPES),
        ],
        ..SUBSCRIPTIONS
    },
    TableDef {
        name: "contracts",
        aliases: &["contract"],
        row: "a contract on a subscription",
        columns: &[
            ID,
            SUBSCRIPTION,
            col("StartDate", Date),
            col("EndDate", Date),
            col("TermLength", Integer).unit(Unit::Months),
        ],
        ..SUBSCRIPTIONS
    },
    TableDef {
        name: "enterprise_plans",
        aliases: &["enterprise_plan"],
        row: "an enterprise plan",
        columns: &[ID, ORGANIZATION, col("Name", Text), col("Rules", Text)],
        ..SUBSCRIPTIONS
    },
    TableDef {
        name: "subscription_packages",
        aliases: &["subscription_package"],
        row: "a package of products at a price",
        columns: &[
            ID,
            col("Name", Category).literal(),
            col("Price", Money),
            CURRENCY,
            col("TaxPercent", Decimal),
            col("Units", Integer),
            col("BillingFrequencyId", Integer),
            col("SubscriptionPackageChainId", Category),
            col("ChainStep", Integer),
            col("InitialTermType", Integer),
            col("InitialTermValue", Text),
            col("AutomaticStop", Bool),
            col("PermanentDiscount", Category),
            col("PermanentDiscountPercent", Decimal),
        ],
        ..SUBSCRIPTIONS
    },
    TableDef {
        name: "subscription_package_products",
        aliases: &["subscription_package_product"],
        row: "a product of a package",
        columns: &[ID, PACKAGE, PRODUCT, col("Quantity", Decimal), col("Price", Money)],
        ..SUBSCRIPTIONS
    },
    TableDef {
        name: "payments",
        aliases: &["payment"],
        row: "a payment",
        columns: &[
            ID,
            SUBSCRIBER,
            ACCOUNT,
            ORGANIZATION,
            INVOICE,
            col("PaymentDate", Timestamp),
            col("ValueDate", Date),
            col("Amount", Money),
            CURRENCY,
            col("Source", Category).domain(&["OCR", "PayEx", "Manual", "Import", "MI"]),
            col("PaymentMethod", Category),
            col("State", Category).domain(&["AwaitingIdentification", "AwaitingApproval", "Completed"]),
        ],
        ..PAYMENT
    },
    TableDef {
        name: "daily_paid_amounts",
        row: "a shipped day of payments",
        columns: &[ORGANIZATION, col("Date", Date), CURRENCY, col("Amount", Money)],
        shipped: true,
        ..PAYMENT
    },
    // Behind all that a tag may be on: whether its key is ambiguous is asked while it is read.
    TableDef {
        name: "tags",
        aliases: &["tag"],
        row: "a tag on a subscription, subscriber, account, payment or demand",
        columns: &[
            ID,
            col("Value", Category),
            col(
                "ReferenceId",
                AnyReference {
                    kind: "ReferenceType",
                    tables: &[
                        ("Subscription", "subscriptions"),
                        ("Subscriber", "subscribers"),
                        ("SubscriberAccount", "subscriber_accounts"),
                        ("Payment", "payments"),
                        ("PaymentDemand", "payment_demands"),
                    ],
                },
            ),
            col("ReferenceType", Category).domain(&[
                "Subscription",
                "Subscriber",
                "SubscriberAccount",
                "Payment",
                "PaymentDemand",
            ]),
        ],
        ..DBO
    },
];

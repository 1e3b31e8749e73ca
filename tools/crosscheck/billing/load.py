"""The billing exports as typed DuckDB tables, under the names and columns of the data model.

Shipped KPI tables are not read: no figure comes from them. Rows that break a constraint of the data
model are dropped, as a load would quarantine them.
"""

from pathlib import Path

import duckdb

from ..read import (
    BOOLEAN, CATEGORY, DATE, DECIMAL, INTEGER, KEY, TEXT, TIMESTAMP, letters, one_spelling, read)

_KINDS = {"key": KEY, "text": TEXT, "category": CATEGORY, "date": DATE, "time": TIMESTAMP, "integer": INTEGER,
          "decimal": DECIMAL, "bool": BOOLEAN}

# schema -> table -> columns by kind. Keys of other tables end in `_id`.
_SCHEMAS = {
    "dbo": {
        "organizations": dict(key="id", text="name", category="time_zone_id"),
        "products": dict(key="id", text="name", category="product_category", decimal="price"),
        "subscribers": dict(
            key="id contact_id", text="subscriber_number external_id zip", category="city country"),
        "subscriber_contacts": dict(
            key="id subscriber_id", text="zip identification", category="type city country", bool="is_primary"),
        "subscriber_accounts": dict(key="id subscriber_id", text="account_number"),
        "tags": dict(key="id reference_id", category="value reference_type"),
        "reporting_groups": dict(key="id", text="name", category="type"),
        "product_reporting_groups": dict(
            key="id reporting_group_id product_id", category="permanent_discount"),
    },
    "economy": {
        "account_transactions": dict(
            key="id subscriber_id subscriber_account_id organization_id", category="type currency",
            decimal="amount", time="start_time end_time", text="text"),
        "invoices": dict(
            key="id subscriber_id organization_id subscription_id", text="invoice_number",
            date="issue_date due_date paid_date", decimal="amount", category="currency status"),
        "payment_demands": dict(
            key="id subscriber_id subscriber_account_id organization_id invoice_id enterprise_plan_id",
            date="issue_date due_date settle_date credit_date write_off_date", decimal="amount",
            category="currency payment_method"),
        "payment_demand_details": dict(
            key="id payment_demand_id subscription_id next_subscription_id order_id product_id",
            category="type", text="text", decimal="amount"),
        "payment_demand_fees": dict(key="id payment_demand_id", category="type", decimal="amount"),
        "payment_demand_allowances": dict(
            key="id payment_demand_id account_transaction_id", category="type", decimal="amount"),
        "payment_demand_charges": dict(
            key="id payment_demand_id account_transaction_id", category="type", decimal="amount"),
        "subscriber_ledgers": dict(
            key="id subscriber_id subscriber_account_id organization_id invoice_id payment_demand_id payment_id",
            date="ledger_date", category="ledger_type currency", text="text", decimal="amount"),
    },
    "order": {
        "orders": dict(
            key="id subscriber_id organization_id subscription_id",
            category="status currency payment_method template_package_name",
            time="created_date completed_date cancelled_date", decimal="value"),
        "order_products": dict(key="id order_id product_id", text="name", decimal="quantity price"),
    },
    "subscription": {
        "subscriptions": dict(
            key="id subscriber_id subscriber_account_id organization_id previous_subscription_id "
                "next_subscription_id subscription_package_id enterprise_plan_id",
            text="external_id subscription_number name",
            date="start_date end_date cancellation_date renewed_on", decimal="price tax_percent", integer="units",
            category="currency cancellation_reason cancellation_type", bool="is_cancelled is_renewed"),
        "canceled_subscriptions": dict(
            key="id subscription_id", date="cancelled_on effective_date", category="reason type"),
        "contracts": dict(key="id subscription_id", date="start_date end_date", integer="term_length"),
        "enterprise_plans": dict(key="id organization_id", text="name rules"),
        "subscription_packages": dict(
            key="id", category="name currency subscription_package_chain_id permanent_discount",
            decimal="price tax_percent permanent_discount_percent",
            integer="units billing_frequency_id chain_step initial_term_type", bool="automatic_stop",
            text="initial_term_value"),
        "subscription_package_products": dict(
            key="id subscription_package_id product_id", decimal="quantity price"),
    },
    "payment": {
        "payments": dict(
            key="id subscriber_id subscriber_account_id organization_id invoice_id", time="payment_date",
            date="value_date", decimal="amount", category="currency source payment_method state"),
    },
}
# Tables with further file names, as letters.
_FILES = {"tags": ["tag", "dbotag"], "order_products": ["orderproducts"],
          "canceled_subscriptions": ["cancelledsubscriptions", "subscriptioncancelledsubscriptions"],
          "account_transactions": ["accounttransaction", "economyaccounttransaction"]}
_HEADERS = {"cancelled_on": ["canceledon"]}
_CODES = {"orders": {"status": {"0": "InProgress", "1": "Completed", "2": "Cancelled", "3": "Rejected"}}}

# What the data model requires of a row, besides its key.
_REQUIRED = {"payment_demands": "issue_date IS NOT NULL", "orders": "created_date IS NOT NULL",
             "account_transactions": "coalesce(amount, 0) >= 0"}
# Categories whose rows are not all in one table, or not all accepted yet.
_SPELLED_LATER = [("subscribers", "country"), ("subscribers", "city"), ("subscriber_contacts", "country"),
                  ("subscriber_contacts", "city"), ("tags", "value")]


def _columns(kinds: dict) -> dict:
    found = {}
    for kind, names in kinds.items():
        for name in names.split():
            stem = letters(name.removesuffix("_id"))
            forms = [stem, stem + "reference", stem + "ref"] if kind == "key" and name != "id" else []
            found[name] = (_KINDS[kind], _HEADERS.get(name, []) + forms)
    return found


# table -> (file names, columns)
TABLES = {
    table: ([letters(table), letters(schema + table)] + _FILES.get(table, []), _columns(kinds))
    for schema, tables in _SCHEMAS.items() for table, kinds in tables.items()
}


def load(folder: Path) -> duckdb.DuckDBPyConnection:
    """Reads every table of the billing model that the folder holds; the others stay empty."""
    con = duckdb.connect()
    con.execute("SET preserve_insertion_order = true")
    for table, (names, columns) in TABLES.items():
        read(con, folder, table, names, columns, _CODES.get(table, {}))
        required = _REQUIRED.get(table, "true")
        con.execute(f"CREATE TABLE {table} AS SELECT * EXCLUDE (line) FROM raw_{table} "
                    f"WHERE id IS NOT NULL AND {required}")
        con.execute(f"DROP TABLE raw_{table}")
        for column, (kind, _) in columns.items():
            if column == "currency":
                con.execute(f"UPDATE {table} SET currency = upper(currency)")
            elif kind == CATEGORY and (table, column) not in _SPELLED_LATER:
                one_spelling(con, (table, column))
    # A place shows in one spelling, whichever of the two tables it comes from.
    for place in ("country", "city"):
        one_spelling(con, ("subscribers", place), ("subscriber_contacts", place))
    con.execute("SET preserve_insertion_order = false")
    return con

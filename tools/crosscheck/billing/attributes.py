"""What is told about entities in other tables: who a subscriber is, tags, groups of products, identifications.

Everything goes by key: an entity whose own row is missing keeps what other tables say of it, and
lacks what its own row would say.
"""

import json

from ..read import one_spelling

_SUBSCRIBER_KEYS = ["account_transactions", "invoices", "payment_demands", "subscriber_ledgers", "orders",
                    "subscriptions", "payments", "subscriber_contacts"]

# Taggable tables by the ReferenceType that names them.
_KINDS = {"subscription": "subscriptions", "subscriber": "subscribers", "subscriberaccount": "subscriber_accounts",
          "payment": "payments", "paymentdemand": "payment_demands"}


def add(con):
    """Adds the tables `who`, `tagged`, `identified`, `product_names`, `product_groups`, `discount_groups`."""
    _who(con)
    _tags(con)
    _identifications(con)
    con.execute("""
        CREATE TABLE product_groups AS SELECT DISTINCT m.product_id, g.name
        FROM product_reporting_groups m JOIN reporting_groups g ON g.id = m.reporting_group_id
        WHERE m.product_id IS NOT NULL AND g.name IS NOT NULL""")
    con.execute("""
        CREATE TABLE discount_groups AS SELECT DISTINCT lower(m.permanent_discount) AS discount, g.name
        FROM product_reporting_groups m JOIN reporting_groups g ON g.id = m.reporting_group_id
        WHERE m.permanent_discount IS NOT NULL AND g.name IS NOT NULL""")


def _who(con):
    """A row per subscriber that anything mentions; `contact_id` is the one contact that speaks for it."""
    keys = " UNION ".join(f"SELECT subscriber_id AS id FROM {table}" for table in _SUBSCRIBER_KEYS)
    con.execute(f"""
        CREATE TABLE who AS
        WITH mentioned AS (SELECT id FROM ({keys} UNION SELECT id FROM subscribers) WHERE id IS NOT NULL),
        first_primary AS (
            SELECT subscriber_id, min(id) AS id FROM subscriber_contacts WHERE is_primary GROUP BY subscriber_id
        ), linked AS (
            SELECT m.id, s.id IS NOT NULL AS known, coalesce(s.contact_id, p.id) AS contact_id
            FROM mentioned m LEFT JOIN subscribers s ON s.id = m.id LEFT JOIN first_primary p ON p.subscriber_id = m.id
        )
        SELECT l.id, l.contact_id, CASE WHEN l.known THEN coalesce(s.subscriber_number, s.id) END AS subscriber,
               s.external_id, coalesce(c.country, s.country) AS country, coalesce(c.city, s.city) AS city,
               coalesce(c.zip, s.zip) AS zip
        FROM linked l LEFT JOIN subscribers s ON s.id = l.id LEFT JOIN subscriber_contacts c ON c.id = l.contact_id""")


def _tags(con):
    """`tagged`: the tags of an entity (kind, id), whole as `value`, split as `key` and `part`."""
    kind = "replace(lower(reference_type), ' ', '')"
    holders = " UNION ALL ".join(f"SELECT '{kind}' AS kind, id FROM {table}" for kind, table in _KINDS.items())
    con.execute(f"CREATE TEMP TABLE holders AS {holders}")
    con.execute("""
        DELETE FROM tags WHERE reference_type IS NULL AND reference_id IN (
            SELECT id FROM holders GROUP BY id HAVING count(*) > 1)""")
    con.execute(f"""
        CREATE TABLE tagged AS
        SELECT coalesce({kind}, h.kind) AS kind, t.reference_id AS id, t.value,
               nullif(lower(trim(regexp_extract(t.value, '^([^:=]*)[:=]', 1))), '') AS key,
               nullif(trim(regexp_extract(t.value, '^[^:=]*[:=](.*)$', 1)), '') AS part
        FROM tags t LEFT JOIN holders h ON h.id = t.reference_id AND t.reference_type IS NULL
        WHERE t.value IS NOT NULL""")
    # Of several spellings of a key's value the most frequent is shown, of equals the smallest.
    con.execute("""
        CREATE TEMP TABLE shown AS SELECT key, lower(part) AS folded, first(part ORDER BY often DESC, part) AS part
        FROM (SELECT key, part, count(*) AS often FROM tagged WHERE part IS NOT NULL GROUP BY ALL) GROUP BY ALL""")
    con.execute("UPDATE tagged SET part = s.part FROM shown s WHERE s.key = tagged.key AND s.folded = lower(tagged.part)")
    one_spelling(con, ("tagged", "value"))


def _identifications(con):
    """`identified`: the identifications of a contact, as (contact_id, key, value)."""
    found = []
    texts = con.execute("SELECT id, identification FROM subscriber_contacts WHERE identification IS NOT NULL").fetchall()
    for contact, text in texts:
        for member in json.loads(text, parse_int=str, parse_float=str):
            found += [(contact, key.strip().lower(), value) for key, value in _pairs(member)]
    con.execute("CREATE TABLE identified (contact_id VARCHAR, key VARCHAR, value VARCHAR)")
    if found:
        con.executemany("INSERT INTO identified VALUES (?, ?, ?)", found)


def _pairs(member: dict) -> list:
    """`{"type": K, "value": V}` and `{K: V}` as (K, V); numbers as they are written."""
    named = {name.lower(): value for name, value in member.items()}
    pairs = [(named["type"], named["value"])] if named.keys() == {"type", "value"} else list(member.items())
    shown = [(key, str(value).lower() if isinstance(value, bool) else value) for key, value in pairs]
    return [(key, value) for key, value in shown if isinstance(key, str) and isinstance(value, str)]

"""Dimensions of which a row may have several values: tags, identifications, products and their groups."""

from dataclasses import dataclass

from ..read import letters


@dataclass(frozen=True)
class Many:
    """`table` is SQL of distinct (id, value), `key` what meets its id.

    A condition holds when some value satisfies it, so that its negation needs none to.
    """

    key: str
    table: str
    kind: str = "text"

    def holds(self, test) -> str:
        return f"({self.key} IN (SELECT id FROM {self.table} WHERE {test('value')}))"

    def missing(self) -> str:
        return f"({self.key} NOT IN (SELECT id FROM {self.table}))"


def is_many(name: str) -> bool:
    """Whether rows of every fact may have several values; products of a part are one each."""
    return letters(name.split(".")[0]) in ("tag", "identification", "reportinggroup")


def values(facts, fact: str, wanted: str, parts: str) -> Many:
    """The values of the rows of a fact, or of the groups of their parts, where there is a table of these."""
    dim, _, key = wanted.lower().partition(".")
    key = key.replace("'", "''")
    base = facts.base(fact)
    if dim == "tag":
        value, some = ("t.part", f"t.key = '{key}' AND t.part IS NOT NULL") if key else ("t.value", "true")
        sql = f"""SELECT DISTINCT b.id, {value} AS value FROM ({_tag_bearers(facts, fact)}) b
                  JOIN tagged t ON t.kind = b.kind AND t.id = b.ref WHERE {some}"""
    elif dim == "identification":
        sql = f"""SELECT DISTINCT x.id, i.value FROM {base} x JOIN identified i ON i.contact_id = x.to_contact
                  WHERE i.key = '{key}'"""
    elif letters(dim) == "reportinggroup":
        if parts:
            return Many("v.part", facts.oracle.table_as(_groups_of_parts(parts)))
        sql = _groups(facts, fact)
    elif letters(dim) in ("product", "productcategory"):
        value = "name" if letters(dim) == "product" else "product_category"
        sql = f"""SELECT DISTINCT b.id, p.{value} AS value FROM ({_product_bearers(facts, fact)}) b
                  JOIN products p ON p.id = b.product_id WHERE p.{value} IS NOT NULL"""
    else:
        raise ValueError(f"{fact} has no {wanted!r}")
    return Many("x.id", facts.oracle.table_as(sql))


def _tag_bearers(facts, fact: str) -> str:
    """Whose tags a row has: (id, kind, ref)."""
    base, own = facts.base(fact), facts.fact(fact).tagged
    bearers = [f"SELECT id, '{kind}' AS kind, {ref} AS ref FROM {base}"
               for kind, ref in (("subscriber", "to_subscriber"), ("subscriberaccount", "to_account"),
                                 ("subscription", "to_subscription"))]
    if own:
        bearers.append(f"SELECT id, '{own}', id FROM {base}")
    if fact == "demands":
        bearers += [f"SELECT payment_demand_id, 'subscription', {ref} FROM payment_demand_details "
                    "WHERE payment_demand_id IS NOT NULL" for ref in ("subscription_id", "next_subscription_id")]
    return " UNION ALL ".join(bearers)


def _product_bearers(facts, fact: str) -> str:
    """Which products a row has: (id, product_id)."""
    if facts.fact(fact).products == "order":
        return "SELECT order_id AS id, product_id FROM order_products WHERE order_id IS NOT NULL"
    return (f"SELECT x.id, l.product_id FROM {facts.base(fact)} x "
            "JOIN subscription_package_products l ON l.subscription_package_id = x.to_package")


def _groups(facts, fact: str) -> str:
    """Those of the products, and of the package's discount; an order has no package of its own."""
    of_products = f"""
        SELECT DISTINCT b.id, g.name AS value FROM ({_product_bearers(facts, fact)}) b
        JOIN product_groups g USING (product_id)"""
    if facts.fact(fact).products == "order":
        return of_products
    return f"""
        {of_products} UNION SELECT x.id, g.name FROM {facts.base(fact)} x
        JOIN discount_groups g ON g.discount = lower(x.permanent_discount)"""


def _groups_of_parts(parts: str) -> str:
    return f"""
        SELECT v.part AS id, g.name AS value FROM {parts} v JOIN product_groups g USING (product_id)
        UNION SELECT v.part, g.name FROM {parts} v JOIN subscription_packages k ON k.id = v.package_id
        JOIN discount_groups g ON g.discount = lower(k.permanent_discount)"""

//! Every table that quipu loads, in the order in which an empty store is best filled:
//! a table stands behind those it refers to.

use super::names::normal;
use super::table::{ColumnType, Model, TableDef, TableId};

/// Every table of both models.
pub static SCHEMA: Schema = Schema { parts: [super::platform::TABLES, super::billing::TABLES] };

/// The declaration of both models.
pub struct Schema {
    parts: [&'static [TableDef]; 2],
}

impl Schema {
    /// All tables, in load order.
    pub fn tables(&self) -> impl Iterator<Item = (TableId, &'static TableDef)> + '_ {
        self.parts.iter().flat_map(|p| p.iter()).enumerate().map(|(i, t)| (TableId(i), t))
    }

    /// The number of tables.
    pub fn len(&self) -> usize {
        self.parts.iter().map(|p| p.len()).sum()
    }

    /// Never: there is always a table.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A table by its position.
    pub fn get(&self, id: TableId) -> &'static TableDef {
        let first = self.parts[0].len();
        if id.0 < first { &self.parts[0][id.0] } else { &self.parts[1][id.0 - first] }
    }

    /// A table by its exact name.
    pub fn find(&self, name: &str) -> Option<TableId> {
        self.tables().find(|(_, t)| t.name == name).map(|(id, _)| id)
    }

    /// A table that the code knows to exist.
    ///
    /// # Panics
    /// When no such table is declared.
    pub fn id(&self, name: &str) -> TableId {
        self.find(name).unwrap_or_else(|| panic!("no table {name} is declared"))
    }

    /// The tables of a model.
    pub fn of_model(&self, model: Model) -> impl Iterator<Item = (TableId, &'static TableDef)> + '_ {
        self.tables().filter(move |(_, t)| t.model == model)
    }

    /// The table that a file or folder name means: `users`, `Features_Usage`,
    /// `economy.PaymentDemands`, `[order].[Products]`, `economy/Payment Demands`; without its ending.
    ///
    /// A schema prefix is dropped, except where it decides between two tables (`order.Products`).
    pub fn match_name(&self, name: &str) -> Option<TableId> {
        let (prefix, bare) = match name.rsplit_once(['.', '/', '\\']) {
            Some((prefix, bare)) => {
                let prefix = prefix.rsplit(['.', '/', '\\']).next().unwrap_or(prefix);
                (normal(prefix), normal(bare))
            }
            None => (String::new(), normal(name)),
        };
        let names = |t: &TableDef| {
            std::iter::once(t.name).chain(t.aliases.iter().copied()).any(|n| normal(n) == bare)
        };
        let qualified = self
            .tables()
            .find(|(_, t)| !prefix.is_empty() && normal(t.schema) == prefix && names(t))
            .or_else(|| {
                let joined = format!("{prefix}{bare}");
                self.tables().find(|(_, t)| {
                    std::iter::once(t.name).chain(t.aliases.iter().copied()).any(|n| normal(n) == joined)
                })
            });
        // A bare alias that only makes sense with its schema (`Products` of `order`) is not tried.
        qualified
            .or_else(|| {
                self.tables().find(|(_, t)| {
                    normal(t.name) == bare
                        || t.aliases.iter().any(|a| normal(a) == bare && !self.is_name_of_another(t, a))
                })
            })
            .map(|(id, _)| id)
    }

    fn is_name_of_another(&self, table: &TableDef, alias: &str) -> bool {
        self.tables().any(|(_, t)| t.name != table.name && normal(t.name) == normal(alias))
    }

    /// The position of the column that a header means, in the table's own forms: its name, its
    /// aliases and, for a reference `x_id`, also `x`, `x reference` and `x ref`, and the header of
    /// the name of the row meant.
    pub fn match_header(&self, table: &TableDef, header: &str) -> Option<usize> {
        let header = normal(header);
        let exact = table.columns.iter().position(|c| normal(c.name) == header);
        exact.or_else(|| {
            table.columns.iter().position(|c| {
                c.aliases.iter().chain(&c.name_header).any(|a| normal(a) == header)
                    || reference_forms(c.name, c.ty).contains(&header)
            })
        })
    }
}

fn reference_forms(name: &str, ty: ColumnType) -> Vec<String> {
    if !matches!(ty, ColumnType::Reference(_) | ColumnType::AnyReference { .. } | ColumnType::Key) {
        return Vec::new();
    }
    let name = normal(name);
    match name.strip_suffix("id") {
        Some(stem) if !stem.is_empty() => {
            let mut forms = vec![format!("{stem}reference"), format!("{stem}ref")];
            if !matches!(ty, ColumnType::Key) {
                forms.push(stem.to_string());
            }
            forms
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matched(name: &str) -> Option<&'static str> {
        SCHEMA.match_name(name).map(|id| SCHEMA.get(id).name)
    }

    #[test]
    fn file_names_find_their_table() {
        for (name, table) in [
            ("users", "users"),
            ("Features_Usage", "features_usage"),
            ("feature usage", "features_usage"),
            ("participants", "attendees"),
            ("economy.PaymentDemands", "payment_demands"),
            ("economy/Payment Demands", "payment_demands"),
            ("[order].[Products]", "order_products"),
            ("order.Products", "order_products"),
            ("OrderProducts", "order_products"),
            ("Products", "products"),
            ("dbo.Products", "products"),
            ("Tag", "tags"),
            ("dbo.Tag", "tags"),
            ("economy.AccountTransaction", "account_transactions"),
            ("subscription.CancelledSubscriptions", "canceled_subscriptions"),
        ] {
            assert_eq!(matched(name), Some(table), "{name}");
        }
        assert_eq!(matched("user_settings"), None);
    }

    #[test]
    fn header_forms_find_their_column() {
        let meetings = SCHEMA.get(SCHEMA.id("meetings"));
        for header in
            ["Host_User_ID", "hostUserId", "Host User Reference", "host id", "Host User", "host_user_ref"]
        {
            let at = SCHEMA.match_header(meetings, header);
            assert_eq!(at.map(|i| meetings.columns[i].name), Some("host_user_id"), "{header}");
        }
        assert_eq!(SCHEMA.match_header(meetings, "room"), None);
    }

    #[test]
    fn declarations_are_sound() {
        for (id, t) in SCHEMA.tables() {
            assert!(t.columns.iter().filter(|c| c.ty == ColumnType::Key).count() <= 1, "{}", t.name);
            if let Some(time) = t.time {
                let ty = t.columns[t.column(time)].ty;
                assert!(
                    matches!(ty, ColumnType::Timestamp | ColumnType::Date | ColumnType::DateOrTimestamp),
                    "{}.{time}",
                    t.name
                );
            }
            for c in t.columns {
                if let ColumnType::Reference(to) = c.ty {
                    let names = SCHEMA.get(SCHEMA.id(to)).position("Name");
                    assert!(c.name_header.is_none() || (names.is_some() && SCHEMA.id(to) < id));
                    assert!(
                        SCHEMA.get(SCHEMA.id(to)).has_ids(),
                        "{}.{} refers to rows without ids",
                        t.name,
                        c.name
                    );
                }
                if let ColumnType::AnyReference { kind, tables } = c.ty {
                    assert!(t.position(kind).is_some(), "{}.{}", t.name, c.name);
                    assert!(tables.iter().all(|(_, to)| SCHEMA.id(to) < id), "{}.{}", t.name, c.name);
                }
                if let Some(other) = c.not_before {
                    assert!(t.position(other).is_some(), "{}.{}", t.name, c.name);
                }
                let meant = SCHEMA.match_header(t, c.name).map(|i| t.columns[i].name);
                assert_eq!(meant, Some(c.name), "{}.{}", t.name, c.name);
            }
        }
    }
}

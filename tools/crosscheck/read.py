"""CSV exports -> DuckDB tables of typed columns, one row per key, one spelling per category."""

import re
from pathlib import Path

KEY, TEXT, CATEGORY, DATE, TIMESTAMP, DAY_OR_TIME, INTEGER, DECIMAL, BOOLEAN = range(9)

_GUID = r"^\{?[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}?$"


def letters(text: str) -> str:
    """How headers, table names and the names in queries compare: without case, spaces, `_` and `-`."""
    return re.sub(r"[^a-z]", "", text.lower())


def _natural(path: Path) -> list:
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", str(path).lower())]


def files_of(folder: Path, names: list) -> list:
    """`meetings.csv`, `meetings-2024-10.csv.gz`, `meetings/anything.csv`, 2 before 10."""
    def stem(path):
        return letters(re.sub(r"\.csv(\.gz)?$", "", path.name.lower()))

    found = [
        path for path in folder.rglob("*")
        if re.search(r"\.csv(\.gz)?$", path.name.lower())
        and (stem(path) in names or (path.parent != folder and letters(path.parent.name) in names))
    ]
    return sorted(found, key=_natural)


def typed(kind: int, cell: str) -> str:
    """SQL that turns the text of a cell into a value. It fails on text that does not parse:
    crosscheck compares figures of clean exports, it does not judge dirty ones."""
    text = f"nullif(trim({cell}), '')"
    if kind == TEXT:
        return text
    if kind == KEY:
        return f"CASE WHEN regexp_matches({text}, '{_GUID}') THEN lower({text}) ELSE {text} END"
    value = f"CASE WHEN upper({text}) IN ('NULL', '\\N', 'N/A', 'NAN') THEN NULL ELSE {text} END"
    if kind in (CATEGORY, DAY_OR_TIME):
        return value
    if kind == DATE:
        return f"CAST(left({value}, 10) AS DATE)"
    if kind == TIMESTAMP:
        # The export may carry a seventh digit, which is cut off like every digit past the sixth.
        return f"CAST(regexp_replace({value}, '(\\.\\d{{6}})\\d+', '\\1') AS TIMESTAMP)"
    if kind == INTEGER:
        return f"CAST(regexp_replace({value}, '\\s*[A-Za-z]+$', '') AS BIGINT)"
    if kind == BOOLEAN:
        return f"CASE WHEN lower({value}) IN ('1', 'true', 'yes') THEN true WHEN {value} IS NOT NULL THEN false END"
    return f"CAST({value} AS DECIMAL(18, 4))"


def read(con, folder: Path, table: str, names: list, columns: dict, codes: dict | None = None):
    """Makes the table `raw_<table>` of the columns {name: (kind, further headers)}; the first is the key.

    `line` numbers its rows in file order. Without a file the table is empty. `codes` are values that
    stand for others: {column: {code: value}}.
    """
    files = files_of(folder, names)
    source, headers = "(SELECT 0 AS line LIMIT 0)", {}
    if files:
        source = "source"
        con.execute(
            "CREATE TABLE source AS SELECT *, row_number() OVER () AS line FROM read_csv(?, header = true, "
            "all_varchar = true, union_by_name = true, delim = ',', quote = '\"', escape = '\"')",
            [[str(path) for path in files]],
        )
        headers = {letters(row[0]): row[0] for row in con.execute("DESCRIBE source").fetchall()}
    picked = []
    for column, (kind, further) in columns.items():
        header = next((headers[h] for h in [letters(column)] + further if h in headers), None)
        cell = "NULL::VARCHAR" if header is None else '"' + header.replace('"', '""') + '"'
        value = typed(kind, cell)
        for code, meant in (codes or {}).get(column, {}).items():
            value = f"CASE WHEN trim({cell}) = '{code}' THEN '{meant}' ELSE {value} END"
        picked.append(f"{value} AS {column}")
    raw = f"raw_{table}"
    con.execute(f"CREATE TABLE {raw} AS SELECT {', '.join(picked)}, line FROM {source}")
    con.execute("DROP TABLE IF EXISTS source")
    key = next(iter(columns))
    if con.execute(f"SELECT count({key}) > count(DISTINCT {key}) FROM {raw}").fetchone()[0]:
        # The last row of a key wins, in file order.
        con.execute(
            f"DELETE FROM {raw} WHERE {key} IS NOT NULL AND line NOT IN "
            f"(SELECT max(line) FROM {raw} WHERE {key} IS NOT NULL GROUP BY {key})"
        )


def one_spelling(con, *places):
    """Shows every category of the (table, column) places in its most frequent spelling there, on a
    tie in the smallest by bytes."""
    cells = " UNION ALL ".join(f"SELECT {column} AS cell FROM {table}" for table, column in places)
    spellings = con.execute(
        f"SELECT lower(cell), cell, count(*) FROM ({cells}) WHERE cell IS NOT NULL GROUP BY ALL"
    ).fetchall()
    best = {}
    for folded, spelling, count in spellings:
        rank = (-count, spelling.encode())
        if folded not in best or rank < best[folded][0]:
            best[folded] = (rank, spelling)
    for folded, spelling, _ in spellings:
        if best[folded][1] != spelling:
            for table, column in places:
                con.execute(f"UPDATE {table} SET {column} = ? WHERE {column} = ?", [best[folded][1], spelling])

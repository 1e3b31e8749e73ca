"""ClickHouse, in process (chdb): MergeTree tables ordered by time."""

from pathlib import Path

import chdb
import pyarrow as pa
import pyarrow.parquet as pq
from chdb.session import Session

from ..data import TABLES, TIME
from ..dialect import ClickHouse
from .engine import SqlEngine

_TYPES = {"int32": "Int32", "int64": "Int64", "date32[day]": "Date", "string": "LowCardinality(String)"}
# Ids: 0 stands for none, so that they need no null mask.
_IDS = {"u", "ku", "m", "mk", "t", "l", "e"}


class ClickHouseEngine(SqlEngine):
    """Times are seconds in 32 bits, ids 32 bits without nulls, categories LowCardinality."""

    name = "clickhouse"
    layout = "MergeTree"
    dialect = ClickHouse()

    def version(self) -> str:
        engine = self.session.query("SELECT version()", "TSV").data().strip()
        return f"{engine} (chdb {chdb.__version__})"

    def open(self) -> None:
        self.session = Session(str(self.folder))
        self._do("CREATE DATABASE IF NOT EXISTS peers ENGINE = Atomic")
        for setting, value in {"max_threads": self.threads, "session_timezone": "'UTC'", "join_use_nulls": 0}.items():
            self._do(f"SET {setting} = {value}")
        self._do("USE peers")

    def build(self) -> None:
        for table in TABLES:
            self._create(table)

    def _do(self, text: str) -> None:
        self.session.query(text)

    def _create(self, table: str) -> None:
        file = self.parquet / f"{table}.parquet"
        schema = pq.read_schema(file)
        declared, read = [], []
        for field in schema:
            name = field.name
            kind = "DateTime('UTC')" if pa.types.is_timestamp(field.type) else _TYPES[str(field.type)]
            if name in _IDS:
                declared.append(f"{name} UInt32")
                read.append(f"ifNull({name}, 0)")
            elif "String" in kind:
                declared.append(f"{name} {kind}")
                read.append(f"ifNull({name}, '')")
            else:
                nulls = _nulls(file, name)
                declared.append(f"{name} Nullable({kind})" if nulls else f"{name} {kind}")
                read.append(name if nulls else f"assumeNotNull({name})")
        key = TIME[table]
        self._do(f"CREATE TABLE peers.{table} ({', '.join(declared)}) ENGINE = MergeTree ORDER BY {key} "
                 "SETTINGS allow_nullable_key = 1")
        self._do(f"INSERT INTO peers.{table} SELECT {', '.join(read)} FROM file('{file}', Parquet)")
        self._do(f"OPTIMIZE TABLE peers.{table} FINAL")

    def run(self, text: str) -> bytes:
        return self.session.query(text, "Arrow").bytes()

    def table(self, answer: bytes) -> pa.Table:
        return pa.ipc.open_file(pa.BufferReader(answer)).read_all()


def _nulls(file: Path, name: str) -> bool:
    """Whether a column of a Parquet file holds any."""
    meta = pq.ParquetFile(file)
    at = meta.schema_arrow.get_field_index(name)
    groups = (meta.metadata.row_group(n).column(at) for n in range(meta.metadata.num_row_groups))
    return any(group.statistics is None or group.statistics.null_count for group in groups)

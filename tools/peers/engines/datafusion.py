"""DataFusion: Parquet sorted by time, with statistics and filters pushed down, or the same rows in memory."""

import datafusion
import pyarrow as pa
import pyarrow.parquet as pq
from datafusion import SessionConfig, SessionContext

from ..data import TABLES
from ..dialect import DataFusion
from .engine import SqlEngine, fits_in_memory


class DataFusionEngine(SqlEngine):
    """In memory while the rows fit, in as many partitions as threads; else from the Parquet files."""

    name = "datafusion"
    dialect = DataFusion()
    # Its percentile_cont places a value between two rows in millionths of their distance.
    coarse_percentiles = 1e-3

    def version(self) -> str:
        return datafusion.__version__

    def open(self) -> None:
        config = (SessionConfig().with_target_partitions(self.threads)
                  .set("datafusion.execution.parquet.pushdown_filters", "true")
                  .set("datafusion.execution.time_zone", "+00:00"))
        self.context = SessionContext(config)
        in_memory = fits_in_memory(self.parquet)
        self.layout = "in memory" if in_memory else "Parquet"
        for table in TABLES:
            file = self.parquet / f"{table}.parquet"
            if in_memory:
                self.context.register_record_batches(table, self._partitions(pq.read_table(file)))
            else:
                self.context.register_parquet(table, str(file))

    def _partitions(self, rows: pa.Table) -> list[list[pa.RecordBatch]]:
        """Consecutive shares of the rows, in batches of the engine's own size."""
        share = max(1, -(-rows.num_rows // self.threads))
        parts = [rows.slice(start, share).combine_chunks().to_batches(max_chunksize=8192)
                 for start in range(0, rows.num_rows, share)]
        return parts or [[]]

    def disk_bytes(self) -> int:
        return sum((self.parquet / f"{table}.parquet").stat().st_size for table in TABLES)

    def run(self, text: str) -> list[pa.RecordBatch]:
        frame = self.context.sql(text)
        self._schema = frame.schema()
        return frame.collect()

    def table(self, answer: list[pa.RecordBatch]) -> pa.Table:
        found = pa.Table.from_batches(answer, None if answer else self._schema)
        # Views of texts take those of all rows along wherever a few rows go: written, they would fill a disk.
        plain = [field.with_type(pa.string()) if pa.types.is_string_view(field.type) else field
                 for field in found.schema]
        return found.cast(pa.schema(plain))

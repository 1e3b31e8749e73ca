//! One load: exports in, one commit (or none) out.

mod options;
mod references;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use super::build::TableBuilder;
use super::discover::{Discovery, SourceFile, discover};
use super::error::IngestError;
use super::feed::Progress;
use super::ids::IdSpaces;
use super::limits::Limits;
use super::mapping::Mapping;
use super::merge::{Merge, Merged, merge_table, write_chunks};
use super::quarantine::Quarantine;
use super::report::{FileOutcome, LoadReport, TableReport};
use super::settings::Settings;
use super::source::content_hash;
use super::table_reader::{self, Conventions, Event};
pub use options::{LoadOptions, MaxRejects, Mode};
use references::UnknownYet;

use crate::index;
use crate::model::{ColumnType, SCHEMA, TableDef, TableId};
use crate::store::commit::Writer;
use crate::store::dictionary::DictionaryBuilder;
use crate::store::dir::{Dir, RealDir};
use crate::store::manifest::{Manifest, SourceRef};
use crate::store::{Snapshot, StoreError, verify};

/// How a load ended.
pub struct Loaded {
    /// What happened, table by table.
    pub report: LoadReport,
    /// Why nothing was committed, when it was not: every reason found.
    pub refused: Vec<String>,
    /// What could not be cleaned up or synced after the commit.
    pub warnings: Vec<String>,
}

impl Loaded {
    fn new(report: LoadReport) -> Self {
        Loaded { report, refused: Vec::new(), warnings: Vec::new() }
    }
}

/// Everything that grows while a load goes on.
struct State<'a> {
    base: Option<&'a Snapshot>,
    writer: &'a Writer,
    limits: Limits,
    ids: IdSpaces<'a>,
    dictionaries: BTreeMap<TableId, Vec<DictionaryBuilder>>,
    next: Manifest,
    /// The tables that this load has brought rows of.
    merged: BTreeSet<TableId>,
    report: LoadReport,
    unresolved: Vec<UnknownYet>,
    refused: Vec<String>,
}

/// Finds the files that a load would read, by the mapping given or else the one kept in the store.
/// Nothing is made or changed.
///
/// # Errors
/// When a path cannot be read, the mapping is wrong or the store is damaged.
pub fn survey(options: &LoadOptions) -> Result<Discovery, IngestError> {
    let kept = match (&options.mapping, Snapshot::open(&options.store)) {
        (Some(_), _) | (_, Err(StoreError::Missing(_))) => None,
        (None, opened) => opened?.manifest.mapping,
    };
    let text = options.mapping.clone().or(kept);
    find_files(options, &text.as_deref().map(Mapping::from_toml).transpose()?.unwrap_or_default())
}

/// The files of the paths, without those of the store itself.
fn find_files(options: &LoadOptions, mapping: &Mapping) -> Result<Discovery, IngestError> {
    let mut found = discover(&options.paths, mapping)?;
    if let Ok(store) = std::fs::canonicalize(&options.store) {
        let outside =
            |path: &Path| std::fs::canonicalize(path).map_or(true, |path| !path.starts_with(&store));
        found.files.retain(|file| outside(&file.path));
        found.unmatched.retain(|(path, _)| outside(path));
    }
    Ok(found)
}

/// A folder in which a store that does not exist is tried out.
struct Trial(PathBuf);

impl Trial {
    fn beside(store: &Path) -> Self {
        let absolute = std::path::absolute(store).unwrap_or_else(|_| store.to_path_buf());
        let parent = absolute.ancestors().skip(1).find(|p| p.is_dir()).unwrap_or(Path::new("/"));
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Trial(parent.join(format!(".quipu-dry-run-{}-{}", std::process::id(), now.as_nanos())))
    }
}

impl Drop for Trial {
    fn drop(&mut self) {
        // What cannot be removed harms nobody: no store is named like this.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Loads exports into a store.
///
/// # Errors
/// When a file is refused, the store is damaged or locked, or the system fails: nothing was committed.
pub fn load(options: &LoadOptions, progress: &dyn Progress) -> Result<Loaded, IngestError> {
    load_within(options, Limits::default(), progress)
}

/// As [`load`], within other limits.
///
/// # Errors
/// As [`load`].
pub fn load_within(
    options: &LoadOptions,
    limits: Limits,
    progress: &dyn Progress,
) -> Result<Loaded, IngestError> {
    // What is wrong with the paths shows before a folder is made for the store.
    survey(options)?;
    let is_new = || matches!(Snapshot::open(&options.store), Err(StoreError::Missing(_)));
    let trial = (options.dry_run && is_new()).then(|| Trial::beside(&options.store));
    let place = trial.as_ref().map_or(&options.store, |trial| &trial.0);
    load_into(&(Arc::new(RealDir::new(place)) as Arc<dyn Dir>), options, limits, progress)
}

/// As [`load_within`], into the store in a folder, whatever path the options say.
///
/// # Errors
/// As [`load`].
pub fn load_into(
    dir: &Arc<dyn Dir>,
    options: &LoadOptions,
    limits: Limits,
    progress: &dyn Progress,
) -> Result<Loaded, IngestError> {
    let writer = Writer::open(dir)?;
    let (mut loaded, next) = match load_with(options, limits, progress, &writer) {
        Ok(done) => done,
        Err(error) => {
            writer.abandon();
            return Err(error);
        }
    };
    match next.filter(|_| !options.dry_run) {
        Some(next) => loaded.warnings = writer.commit(next)?,
        None => writer.abandon(),
    }
    Ok(loaded)
}

/// What there is to say, and what to commit, if anything.
fn load_with(
    options: &LoadOptions,
    limits: Limits,
    progress: &dyn Progress,
    writer: &Writer,
) -> Result<(Loaded, Option<Manifest>), IngestError> {
    let base = (!writer.is_fresh()).then(|| Snapshot::for_load(writer.dir(), writer.base.clone()));
    let mapping_text = options.mapping.clone().or_else(|| writer.base.mapping.clone());
    let mapping = mapping_text.as_deref().map(Mapping::from_toml).transpose()?.unwrap_or_default();
    let found = find_files(options, &mapping)?;
    let mut state = State {
        base: base.as_ref(),
        writer,
        limits,
        ids: IdSpaces::new(),
        dictionaries: BTreeMap::new(),
        next: writer.base.clone(),
        merged: BTreeSet::new(),
        report: LoadReport::new(writer.base.sequence + 1),
        unresolved: Vec::new(),
        refused: Vec::new(),
    };
    state.next.mapping = mapping_text;
    state.report.unmatched =
        found.unmatched.iter().map(|(p, hint)| (p.display().to_string(), hint.clone())).collect();
    if found.files.is_empty() {
        state.refused.push("no file that was found holds a table".into());
    }
    let mut quarantine = if options.dry_run {
        Quarantine::nowhere()
    } else {
        Quarantine::new(writer.dir(), state.report.load_id)
    };
    for (table, files) in by_table(&found) {
        let mut settings = mapping.settings(table)?;
        if let Some(zone) = &options.source_tz {
            settings.zone = zone.clone();
        }
        state.load_table(table, files, options, &settings, progress, &mut quarantine)?;
    }
    state.report.quarantine_file = quarantine.finish()?;
    if !state.refused.is_empty() {
        let State { report, refused, .. } = state;
        return Ok((Loaded { refused, ..Loaded::new(report) }, None));
    }
    if !state.report.has_new_files() {
        // Nothing new: the snapshot in force says it all already.
        state.report.snapshot = state.next.snapshot.clone();
        return Ok((Loaded::new(state.report), None));
    }
    state.finish()?;
    let State { mut report, mut next, .. } = state;
    report.snapshot = next.snapshot.clone();
    next.report = serde_json::to_value(&report).unwrap_or_default();
    Ok((Loaded::new(report), Some(next)))
}

fn by_table(found: &Discovery) -> Vec<(TableId, &[SourceFile])> {
    found.files.chunk_by(|a, b| a.table == b.table).map(|files| (files[0].table, files)).collect()
}

impl<'a> State<'a> {
    fn need_ids(&mut self, def: &'static TableDef, table: TableId, replace: bool) -> Result<(), IngestError> {
        if replace && def.key().is_none() {
            self.ids.forget(table);
        } else if def.has_ids() {
            self.ids.need(table, self.base)?;
        }
        for column in def.columns {
            match column.ty {
                ColumnType::Reference(target) => self.ids.need(SCHEMA.id(target), self.base)?,
                ColumnType::AnyReference { tables, .. } => {
                    for (_, target) in tables {
                        self.ids.need(SCHEMA.id(target), self.base)?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn dictionaries(&mut self, table: TableId, fresh: bool) -> Result<Vec<DictionaryBuilder>, IngestError> {
        let def = SCHEMA.get(table);
        let stored = self.base.and_then(|b| b.table(table)).filter(|_| !fresh);
        (0..def.columns.len())
            .map(|c| match stored.map(|t| t.dictionary(c)).transpose()?.flatten() {
                Some(stored) => Ok(DictionaryBuilder::from_stored(stored)?),
                None => Ok(DictionaryBuilder::default()),
            })
            .collect()
    }

    fn load_table(
        &mut self,
        table: TableId,
        files: &[SourceFile],
        options: &LoadOptions,
        settings: &Settings,
        progress: &dyn Progress,
        quarantine: &mut Quarantine,
    ) -> Result<(), IngestError> {
        let def = SCHEMA.get(table);
        let replace = options.mode == Mode::Replace;
        let mut report = TableReport::new(def.name);
        let fresh = self.not_loaded_yet(def, files, replace, &mut report)?;
        if fresh.is_empty() {
            self.report.tables.push(report);
            return Ok(());
        }
        self.need_ids(def, table, replace)?;
        let targets = self.targets(def)?;
        let mut dictionaries = self.dictionaries(table, replace)?;
        let mut builder = TableBuilder::new(table, self.writer, self.limits);
        let known: Conventions = self
            .next
            .tables
            .get(def.name)
            .and_then(|t| serde_json::from_value(t.conventions.clone()).ok())
            .unwrap_or_default();
        let (ids, refused) = (&mut self.ids, &mut self.refused);
        let outcome =
            table_reader::read_table(table, &fresh, settings, &targets, known, progress, &mut |event| {
                match event {
                    Event::FileStart(_) => {}
                    Event::Block(block) => {
                        report.read += block.read;
                        report.quarantined += block.faults.len() as u64;
                        for fault in &block.faults {
                            let path = &fresh[fault.file].path;
                            report.count_fault(fault, path);
                            quarantine.write(def, &path.to_string_lossy(), fault)?;
                        }
                        builder.append(&block, ids, &mut dictionaries)?;
                    }
                    Event::FileEnd(file) => report.files.push(FileOutcome::read(&file)),
                    Event::Refused(error) => refused.push(error.to_string()),
                }
                Ok(())
            })?;
        report.note(def, &outcome.notes);
        self.refuse_if(report.quarantined > options.max_rejects.allowed(report.read), || {
            let (rows, read) = (report.quarantined, report.read);
            format!(
                "{rows} of {read} rows of {} were quarantined, more than allowed: see the reasons, mend the export or raise --max-rejects",
                def.name
            )
        });
        let no_row = !report.files.is_empty() && report.read == report.quarantined;
        self.refuse_if(replace && no_row && !options.allow_empty, || {
            format!(
                "the export of {} has no row to load and would empty the table: say --allow-empty if that is right",
                def.name
            )
        });
        builder.finish()?;
        if def.has_ids() {
            self.ids.get_mut(table).bring(builder.ids(), replace);
        }
        self.merged.insert(table);
        let look = self.look(&targets, &dictionaries, def, replace);
        let Merged { table: mut info, replaced, codes } = merge_table(&Merge {
            builder: &builder,
            base: self.base.and_then(|b| b.table(table)),
            ids: &self.ids,
            dictionaries: &dictionaries,
            writer: self.writer,
            limits: self.limits,
            replace,
            look: &|rows| look.at(rows),
        })?;
        let (unknown, unresolved) = look.found(table);
        self.unresolved.extend(unknown);
        report.unresolved.extend(unresolved);
        for (dictionary, counts) in dictionaries.iter_mut().zip(codes) {
            (0..).zip(counts).for_each(|(code, rows)| dictionary.count(code, rows));
        }
        report.skipped_identical = builder.skipped.identical;
        report.skipped_differing = builder.skipped.differing;
        report.skipped = builder.skipped.identical + builder.skipped.differing;
        report.replaced = replaced;
        report.loaded = builder.len().saturating_sub(replaced);
        self.refuse_if(!report.adds_up(), || {
            format!("the rows of {} do not add up, which is a fault of quipu; nothing was loaded", def.name)
        });
        info.conventions = serde_json::to_value(outcome.conventions).unwrap_or_default();
        let seen = report.files.iter().flat_map(|f| f.columns.iter().cloned());
        info.columns.extend(seen);
        info.columns.sort();
        info.columns.dedup();
        for file in report.files.iter().filter(|f| !f.skipped_as_loaded) {
            self.next.sources.push(SourceRef {
                table: def.name.into(),
                name: file.name.clone(),
                bytes: file.bytes,
                hash: file.hash.clone(),
                rows: file.read,
            });
        }
        self.next.tables.insert(def.name.into(), info);
        self.dictionaries.insert(table, dictionaries);
        self.report.tables.push(report);
        Ok(())
    }

    /// The files whose content was not loaded before; the others are reported as skipped.
    fn not_loaded_yet(
        &mut self,
        def: &'static TableDef,
        files: &[SourceFile],
        replace: bool,
        report: &mut TableReport,
    ) -> Result<Vec<SourceFile>, IngestError> {
        if replace {
            self.next.sources.retain(|s| s.table != def.name);
        }
        let mut fresh: Vec<SourceFile> = Vec::new();
        let mut seen: Vec<(u64, String)> = Vec::new();
        for file in files {
            let alike = |bytes: u64| bytes == file.bytes;
            let suspicious = self.next.sources.iter().any(|s| s.table == def.name && alike(s.bytes))
                || files.iter().filter(|f| alike(f.bytes)).count() > 1;
            if suspicious {
                let Ok(hash) = content_hash(&file.path) else {
                    // Reading it will say why it cannot be read.
                    fresh.push(file.clone());
                    continue;
                };
                let hash = format!("{hash:032x}");
                let loaded = self.next.sources.iter().find(|s| s.table == def.name && s.hash == hash);
                if let Some(earlier) = loaded {
                    report.files.push(FileOutcome::already_loaded(file, &hash, &earlier.name));
                    continue;
                }
                if seen.contains(&(file.bytes, hash.clone())) {
                    report.files.push(FileOutcome::already_loaded(file, &hash, "another file of this load"));
                    continue;
                }
                seen.push((file.bytes, hash));
            }
            fresh.push(file.clone());
        }
        Ok(fresh)
    }

    /// Notes why nothing will be committed.
    fn refuse_if(&mut self, refused: bool, why: impl FnOnce() -> String) {
        if refused {
            self.refused.push(why());
        }
    }

    /// What the tables loaded so far have become, and what the store holds of the others.
    fn so_far(&self) -> Snapshot {
        Snapshot::for_load(self.writer.dir(), self.next.clone())
    }

    /// Makes room for ids that were mentioned after their table was written, then seals the next
    /// snapshot.
    fn finish(&mut self) -> Result<(), IngestError> {
        let so_far = self.so_far();
        for table in self.ids.needed() {
            let (def, space) = (SCHEMA.get(table), self.ids.get(table));
            let info = self.next.tables.entry(def.name.into()).or_default();
            if info.ids != space.len() as u64 {
                let files = so_far.table(table).map(|t| t.chunks()).transpose()?.unwrap_or_default();
                write_chunks(def, space, &files, self.writer, info)?;
            }
        }
        drop(so_far);
        for (table, dictionaries) in &self.dictionaries {
            let def = SCHEMA.get(*table);
            let info = self.next.tables.get_mut(def.name).expect("a loaded table is in the manifest");
            for (column, dictionary) in def.columns.iter().zip(dictionaries) {
                if !dictionary.is_empty() {
                    let stem = format!("dict-{}", column.name);
                    let file =
                        self.writer.write(def.name, &stem, "col", dictionary.len(), dictionary.to_file())?;
                    info.dictionaries.insert(column.name.into(), file);
                }
            }
        }
        self.report_references();
        self.next.seal_content();
        let written = self.so_far();
        self.next.derived = index::build(&written, self.writer)?;
        let old: Vec<&str> = self.writer.base.files().map(|f| f.name.as_str()).collect();
        self.next
            .files()
            .filter(|f| !old.contains(&f.name.as_str()))
            .collect::<Vec<_>>()
            .par_iter()
            .try_for_each(|f| verify::verify_file(self.writer.dir().as_ref(), f))?;
        Ok(())
    }
}

//! The existing items and their vectors.
//!
//! Invariant: an item and its vector are added and removed together: row `r` of the columns belongs to the item whose
//! vector is row `r` of the index, which determines where rows are added and removed. Each row is in the list of its
//! scope, at its recorded place.

use std::sync::Arc;

use super::filter::Filter;
use super::item::{Found, Item};
use super::scopes::Scopes;
use super::tags::Tags;
use crate::error::IndexError;
use crate::search::vector::frame::{Reader, Writer, damaged};
use crate::search::vector::{
    Accept, Deadline, QuantizedVector, Thresholds, TieredIndex, VectorIndex, grow, shrink,
};
use crate::types::{RecordId, RecordKind, Scope, Timestamp};

const MAGIC: [u8; 8] = *b"IDIOROWS";
const FORMAT: u32 = 1;

/// All items with their vectors.
pub struct Catalogue {
    index: TieredIndex,
    columns: Columns,
    scopes: Scopes,
    tags: Tags,
}

/// The data of each item, by its row in the index.
#[derive(Default)]
struct Columns {
    kinds: Vec<RecordKind>,
    at: Vec<Timestamp>,
    /// The number of its scope.
    scope: Vec<u32>,
    /// Its position in the scope's list.
    place: Vec<u32>,
    /// Number of items of each kind.
    of_kind: [usize; RecordKind::ALL.len()],
}

/// The rows that pass a filter.
enum Taken {
    All,
    Rows(Vec<u32>),
}

impl Catalogue {
    /// An empty catalogue for vectors of `dimensions` values. From `graph_threshold` items on the graph is used for
    /// search, if it is compiled in.
    pub fn new(dimensions: usize, graph_threshold: usize) -> Self {
        Self::with_thresholds(dimensions, Thresholds { graph_from: graph_threshold, ..Thresholds::default() })
    }

    /// An empty catalogue with all thresholds of the index specified.
    pub fn with_thresholds(dimensions: usize, thresholds: Thresholds) -> Self {
        Self {
            index: TieredIndex::with_thresholds(dimensions, thresholds),
            columns: Columns::default(),
            scopes: Scopes::default(),
            tags: Tags::default(),
        }
    }

    /// Replaces the tags of an item; does nothing if the item is not held.
    pub fn set_tags(&mut self, id: RecordId, tags: &[String]) {
        if self.index.row(id.0).is_some() {
            self.tags.set(id, tags);
        }
    }

    /// The tags of an item, ascending.
    pub fn tags(&self, id: RecordId) -> Vec<String> {
        self.tags.of(id)
    }

    /// Adds an item, replacing one with the same id, whose tags are kept.
    ///
    /// # Errors
    /// As [`crate::search::vector::VectorIndex::insert`]; the catalogue is then unchanged.
    pub fn insert(&mut self, item: &Item, vector: &QuantizedVector) -> Result<(), IndexError> {
        let held = self.index.row(item.id.0);
        self.index.insert(item.id.0, vector)?;
        let columns = &mut self.columns;
        if let Some(row) = held {
            self.leave_scope(row);
            let scope = self.scopes.number(&item.scope);
            let columns = &mut self.columns;
            columns.of_kind[columns.kinds[row] as usize] -= 1;
            columns.kinds[row] = item.kind;
            columns.at[row] = item.at;
            columns.scope[row] = scope;
            columns.place[row] = self.scopes.add(scope, row as u32);
        } else {
            let scope = self.scopes.number(&item.scope);
            let row = columns.kinds.len() as u32;
            grow(&mut columns.kinds, 1);
            columns.kinds.push(item.kind);
            grow(&mut columns.at, 1);
            columns.at.push(item.at);
            grow(&mut columns.scope, 1);
            columns.scope.push(scope);
            grow(&mut columns.place, 1);
            columns.place.push(self.scopes.add(scope, row));
        }
        self.columns.of_kind[item.kind as usize] += 1;
        Ok(())
    }

    /// Removes a row from its scope's list.
    fn leave_scope(&mut self, row: usize) {
        let place = self.columns.place[row];
        if let Some(moved) = self.scopes.take(self.columns.scope[row], place) {
            self.columns.place[moved as usize] = place;
        }
    }

    /// Removes an item; `false` if there was none.
    pub fn remove(&mut self, id: RecordId) -> bool {
        let Some(row) = self.index.row(id.0) else { return false };
        self.index.remove(id.0);
        self.tags.remove(id);
        self.leave_scope(row);
        let columns = &mut self.columns;
        let kind = columns.kinds.swap_remove(row);
        columns.of_kind[kind as usize] -= 1;
        columns.at.swap_remove(row);
        columns.scope.swap_remove(row);
        columns.place.swap_remove(row);
        shrink(&mut columns.kinds);
        shrink(&mut columns.at);
        shrink(&mut columns.scope);
        shrink(&mut columns.place);
        // As in the index, the last row has moved to this place.
        if row < columns.kinds.len() {
            let (scope, place) = (columns.scope[row] as usize, columns.place[row] as usize);
            self.scopes.rows[scope].1[place] = row as u32;
        }
        true
    }

    /// An item by id.
    pub fn get(&self, id: RecordId) -> Option<Item> {
        let row = self.index.row(id.0)?;
        let Columns { kinds, at, scope, .. } = &self.columns;
        let scope = Arc::clone(&self.scopes.rows[scope[row] as usize].0);
        Some(Item { id, kind: kinds[row], scope, at: at[row] })
    }

    /// Whether an item is held.
    pub fn contains(&self, id: RecordId) -> bool {
        self.index.row(id.0).is_some()
    }

    /// The shared instance of a scope, if items have it.
    pub fn scope(&self, scope: &Scope) -> Arc<Scope> {
        self.scopes.shared(scope).unwrap_or_else(|| Arc::new(scope.clone()))
    }

    /// The vector of an item, as it was inserted.
    pub fn vector(&self, id: RecordId) -> Option<QuantizedVector> {
        self.index.vector(id.0)
    }

    /// All items that pass the filter, by id.
    pub fn matching(&self, filter: &Filter) -> Vec<RecordId> {
        let mut ids: Vec<RecordId> = match self.taken(filter) {
            Taken::All => self.index.keys().iter().map(|&key| RecordId(key)).collect(),
            Taken::Rows(rows) => rows.iter().map(|&row| RecordId(self.index.keys()[row as usize])).collect(),
        };
        ids.sort_unstable();
        ids
    }

    /// The rows that pass a filter. A scope is looked up once, not compared item by item.
    fn taken(&self, filter: &Filter) -> Taken {
        if filter.takes_all() {
            return Taken::All;
        }
        let Columns { kinds, at, of_kind, .. } = &self.columns;
        let takes = |row: usize| filter.takes_kind_and_time(kinds[row], at[row]);
        // A list of kinds that includes the kinds of all items is no restriction.
        let all_kinds = |taken: &Vec<RecordKind>| {
            RecordKind::ALL.iter().all(|kind| of_kind[*kind as usize] == 0 || taken.contains(kind))
        };
        if let Some(listed) = self.listed(filter) {
            let scopes = &self.scopes.rows;
            let inside = |row: usize| {
                filter
                    .scope
                    .as_ref()
                    .is_none_or(|scope| scope.contains(&scopes[self.columns.scope[row] as usize].0))
            };
            let rows = listed.into_iter().filter_map(|id| self.index.row(id.0));
            return Taken::Rows(
                rows.filter(|&row| takes(row) && inside(row)).map(|row| row as u32).collect(),
            );
        }
        let limited = filter.limits_time() || !filter.kinds.as_ref().is_none_or(all_kinds);
        let Some(scope) = filter.scope.as_ref().filter(|scope| !scope.is_person()) else {
            if !limited {
                return Taken::All;
            }
            let rows: Vec<u32> = (0..kinds.len()).filter(|&row| takes(row)).map(|row| row as u32).collect();
            return if rows.len() == kinds.len() { Taken::All } else { Taken::Rows(rows) };
        };
        let mut found = Vec::new();
        let mut add = |rows: &[u32]| {
            if limited {
                found.extend(rows.iter().copied().filter(|&row| takes(row as usize)));
            } else {
                found.extend_from_slice(rows);
            }
        };
        if scope.depth() == 4 {
            if let Some(&number) = self.scopes.numbers.get(scope) {
                add(&self.scopes.rows[number as usize].1);
            }
        } else {
            self.scopes.rows.iter().filter(|(own, _)| scope.contains(own)).for_each(|(_, rows)| add(rows));
        }
        Taken::Rows(found)
    }

    /// The items that pass a filter's limits on ids and tags, without duplicates; `None` if it has no such limits.
    fn listed(&self, filter: &Filter) -> Option<Vec<RecordId>> {
        let tagged = filter.limits_tags().then(|| self.tags.matching(&filter.all_tags, &filter.any_tag));
        let Some(ids) = &filter.ids else { return tagged };
        let mut ids = ids.clone();
        ids.sort_unstable();
        ids.dedup();
        if let Some(tagged) = tagged {
            ids.retain(|id| tagged.binary_search(id).is_ok());
        }
        Some(ids)
    }

    /// Number of items.
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether there are no items.
    #[cfg(any(test, feature = "internals"))]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Name of the index in use: "scan", "bits" or "graph".
    pub fn index_name(&self) -> &'static str {
        self.index.name()
    }

    /// Approximate memory in bytes.
    pub fn memory_bytes(&self) -> usize {
        let Columns { kinds, at, scope, place, .. } = &self.columns;
        self.index.memory_bytes()
            + kinds.capacity()
            + at.capacity() * size_of::<Timestamp>()
            + (scope.capacity() + place.capacity()) * size_of::<u32>()
            + self.scopes.memory_bytes()
            + self.tags.memory_bytes()
    }

    /// Up to `k` nearest items that pass the filter, nearest first, ties by id. The filter is evaluated before the
    /// index is searched, so that the number of items that pass determines how the index searches.
    ///
    /// # Errors
    /// As [`crate::search::vector::VectorIndex::search`].
    pub fn nearest(&self, query: &[f32], k: usize, filter: &Filter) -> Result<Vec<Found>, IndexError> {
        self.nearest_by(query, k, filter, &Deadline::none())
    }

    /// As [`nearest`](Self::nearest), the best items found before a deadline.
    ///
    /// # Errors
    /// As [`crate::search::vector::VectorIndex::search`].
    pub fn nearest_by(
        &self,
        query: &[f32],
        k: usize,
        filter: &Filter,
        deadline: &Deadline,
    ) -> Result<Vec<Found>, IndexError> {
        let neighbours = match self.taken(filter) {
            Taken::All => self.index.search_accepted(query, k, Accept::All, deadline)?,
            Taken::Rows(rows) => self.index.search_rows(query, k, &rows, deadline)?,
        };
        Ok(neighbours.into_iter().map(Found::from).collect())
    }

    /// As [`nearest`](Self::nearest), among these distinct items only; ids not held are ignored.
    ///
    /// # Errors
    /// As [`crate::search::vector::VectorIndex::search`].
    pub fn nearest_among(&self, query: &[f32], k: usize, ids: &[RecordId]) -> Result<Vec<Found>, IndexError> {
        let rows: Vec<u32> = ids.iter().filter_map(|id| Some(self.index.row(id.0)? as u32)).collect();
        Ok(self.index.search_rows(query, k, &rows, &Deadline::none())?.into_iter().map(Found::from).collect())
    }

    /// The cosine of each pair of items, a square matrix row by row, with an error of about 0.01. `None` if an item
    /// is not held.
    pub(crate) fn cosines(&self, ids: impl Iterator<Item = RecordId>) -> Option<Vec<f32>> {
        let rows: Option<Vec<u32>> = ids.map(|id| Some(self.index.row(id.0)? as u32)).collect();
        Some(self.index.cosines(&rows?))
    }

    /// As [`nearest`](Self::nearest), among the items accepted by `takes`, which is called only for items that may be
    /// among the nearest.
    ///
    /// # Errors
    /// As [`crate::search::vector::VectorIndex::search`].
    #[cfg(any(test, feature = "internals"))]
    pub fn nearest_where(
        &self,
        query: &[f32],
        k: usize,
        takes: &(dyn Fn(RecordId) -> bool + Sync),
    ) -> Result<Vec<Found>, IndexError> {
        let found = self.index.search(query, k, &|key| takes(RecordId(key)))?;
        Ok(found.into_iter().map(Found::from).collect())
    }

    /// The thresholds of the index.
    pub fn thresholds(&self) -> Thresholds {
        self.index.thresholds()
    }

    /// Changes the thresholds of the index; see [`TieredIndex::set_thresholds`].
    pub fn set_thresholds(&mut self, thresholds: Thresholds) {
        self.index.set_thresholds(thresholds);
    }

    /// Number of items missing in the graph; the scan answers searches until there are none.
    #[cfg(any(test, feature = "internals"))]
    pub fn graph_pending(&self) -> usize {
        self.index.pending()
    }

    /// The index of all items' vectors.
    pub(crate) fn index_mut(&mut self) -> &mut TieredIndex {
        &mut self.index
    }

    /// Whether the index has a graph that lacks items; see [`TieredIndex::grow`].
    pub(crate) fn is_growing(&self) -> bool {
        self.index.is_growing()
    }

    /// Number of items that should have codes in the index but do not yet; they are searched, but more slowly.
    pub(crate) fn uncoded(&self) -> usize {
        self.index.uncoded()
    }

    /// Whether [`save`](Self::save) also writes the codes, if there are any.
    pub(crate) fn is_kept_with_codes(&self) -> bool {
        self.index.is_kept_with_codes()
    }

    /// Codes up to `most` such items; returns how many are still missing.
    pub(crate) fn code(&mut self, most: usize) -> usize {
        self.index.code(most)
    }

    /// Serializes all items with their vectors, without their tags, with a note of how they were made and the next
    /// free id. Contains no data of removed items.
    pub fn save(&self, note: &str, next: u64) -> Vec<u8> {
        let mut to = Writer::new(MAGIC, FORMAT, self.index.memory_bytes() + self.len() * 24);
        to.text(note);
        to.u64(next);
        self.index.save_rows(&mut to);
        to.each(self.columns.kinds.iter().map(|&kind| [kind as u8]));
        to.each(self.columns.at.iter().map(|at| at.0.to_le_bytes()));
        to.each(self.columns.scope.iter().map(|number| number.to_le_bytes()));
        to.u64(self.scopes.rows.len() as u64);
        for (scope, _) in &self.scopes.rows {
            for part in [&scope.app, &scope.task, &scope.audience, &scope.locale] {
                to.bytes(&[u8::from(part.is_some())]);
                to.text(part.as_deref().unwrap_or_default());
            }
        }
        to.finish()
    }

    /// Replaces all items by those that [`save`](Self::save) wrote under the same note; returns the next free id that
    /// was saved.
    ///
    /// # Errors
    /// [`IndexError::DamagedSnapshot`]; the catalogue is then unchanged.
    pub fn load(&mut self, bytes: &[u8], note: &str) -> Result<u64, IndexError> {
        let mut from = Reader::open(bytes, MAGIC, FORMAT)?;
        if from.text()? != note {
            return Err(damaged("it is of other items"));
        }
        let next = from.u64()?;
        let index = self.index.load_rows(&mut from)?;
        let count = index.len();
        let kinds: Vec<Option<RecordKind>> =
            from.each(count, |[kind]: [u8; 1]| RecordKind::ALL.get(usize::from(kind)).copied())?;
        let kinds: Option<Vec<RecordKind>> = kinds.into_iter().collect();
        let mut columns = Columns {
            kinds: kinds.ok_or(damaged("an item is of no known kind"))?,
            at: from.each(count, |at| Timestamp(i64::from_le_bytes(at)))?,
            scope: from.each(count, u32::from_le_bytes)?,
            place: Vec::with_capacity(count),
            of_kind: [0; RecordKind::ALL.len()],
        };
        for kind in &columns.kinds {
            columns.of_kind[*kind as usize] += 1;
        }
        let mut scopes = Scopes::default();
        for number in 0..from.count()? {
            let mut part = || -> Result<Option<String>, IndexError> {
                let is_there = from.array()? == [1];
                let text = from.text()?;
                Ok(is_there.then(|| text.to_owned()))
            };
            let scope = Scope { app: part()?, task: part()?, audience: part()?, locale: part()? };
            scopes.rows.push((Arc::new(scope), Vec::new()));
            if u32::try_from(number).is_err() {
                return Err(damaged("it has too many scopes"));
            }
        }
        from.end()?;
        for (row, &number) in columns.scope.iter().enumerate() {
            if number as usize >= scopes.rows.len() {
                return Err(damaged("an item has no scope"));
            }
            columns.place.push(scopes.add(number, row as u32));
        }
        for (number, (scope, rows)) in scopes.rows.iter_mut().enumerate() {
            if rows.is_empty() {
                *scope = Arc::default();
                scopes.free.push(number as u32);
            } else if scopes.numbers.insert(Arc::clone(scope), number as u32).is_some() {
                return Err(damaged("a scope stands in it twice"));
            }
        }
        *self = Self { index, columns, scopes, tags: Tags::default() };
        Ok(next)
    }

    /// The serialized graph, if there is one without removed items; see [`TieredIndex::snapshot`].
    pub fn snapshot(&self) -> Option<Vec<u8>> {
        self.index.snapshot()
    }

    /// Loads the graph from a snapshot, after the items were inserted; see [`TieredIndex::restore`].
    ///
    /// # Errors
    /// As [`TieredIndex::restore`]; the catalogue is then unchanged.
    pub fn restore(&mut self, bytes: &[u8]) -> Result<(), IndexError> {
        self.index.restore(bytes)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    const DIMENSIONS: usize = 8;

    fn scopes() -> impl Strategy<Value = Scope> {
        let part = |texts: &'static [&'static str]| prop::option::of(prop::sample::select(texts));
        (part(&["mail", "chat"]), part(&["reply", "note"]), part(&["team"]), part(&["en", "de"])).prop_map(
            |(app, task, audience, locale)| Scope {
                app: app.map(Into::into),
                task: task.map(Into::into),
                audience: audience.map(Into::into),
                locale: locale.map(Into::into),
            },
        )
    }

    fn kinds() -> impl Strategy<Value = RecordKind> {
        prop::sample::select(&[RecordKind::Edit, RecordKind::Accept, RecordKind::History][..])
    }

    fn vectors() -> impl Strategy<Value = Vec<f32>> {
        prop::collection::vec(-1.0f32..1.0, DIMENSIONS)
            .prop_filter("has a direction", |v| v.iter().any(|x| x.abs() > 0.01))
    }

    fn filters() -> impl Strategy<Value = Filter> {
        let moment = || prop::option::of((0i64..20).prop_map(Timestamp));
        let kinds = prop::option::of(prop::collection::vec(kinds(), 0..3));
        let ids = prop::option::weighted(0.2, prop::collection::vec((0u64..50).prop_map(RecordId), 0..60));
        (prop::option::of(scopes()), moment(), moment(), kinds, ids).prop_map(
            |(scope, from, until, kinds, ids)| Filter { scope, from, until, kinds, ids, ..Filter::default() },
        )
    }

    /// The definition of a filter, part by part.
    fn naive(filter: &Filter, item: &Item) -> bool {
        if let Some(scope) = &filter.scope {
            let pairs = [
                (&scope.app, &item.scope.app),
                (&scope.task, &item.scope.task),
                (&scope.audience, &item.scope.audience),
                (&scope.locale, &item.scope.locale),
            ];
            for (wanted, present) in pairs {
                if wanted.is_some() && wanted != present {
                    return false;
                }
            }
        }
        let from = filter.from.map_or(i64::MIN, |at| at.0);
        let until = filter.until.map_or(i64::MAX, |at| at.0);
        let kind = match &filter.kinds {
            None => true,
            Some(kinds) => kinds.contains(&item.kind),
        };
        let listed = filter.ids.as_ref().is_none_or(|ids| ids.contains(&item.id));
        from <= item.at.0 && item.at.0 < until && kind && listed
    }

    proptest! {
        #[test]
        fn nearest_is_the_naive_search_over_what_the_filter_takes(
            steps in prop::collection::vec((0u64..40, prop::bool::weighted(0.2), scopes(), kinds(), 0i64..20, vectors()), 0..80),
            filter in filters(),
            query in vectors(),
            k in 0usize..50,
            threshold in prop::sample::select(&[1usize, 16, 1000][..]),
        ) {
            let mut catalogue = Catalogue::new(DIMENSIONS, threshold);
            let mut model: BTreeMap<u64, (Item, Vec<f32>)> = BTreeMap::new();
            for (id, removes, scope, kind, at, vector) in steps {
                let vector = QuantizedVector::from_f32(&vector).unwrap();
                if removes {
                    prop_assert_eq!(catalogue.remove(RecordId(id)), model.remove(&id).is_some());
                } else {
                    let item = Item { id: RecordId(id), kind, scope: Arc::new(scope), at: Timestamp(at) };
                    catalogue.insert(&item, &vector).unwrap();
                    model.insert(id, (item, vector.to_f32()));
                }
            }
            prop_assert_eq!(catalogue.len(), model.len());
            for id in 0..40 {
                prop_assert_eq!(catalogue.get(RecordId(id)), model.get(&id).map(|(item, _)| item.clone()));
            }
            let taken: Vec<(u64, &Vec<f32>)> = model
                .iter()
                .filter(|(_, (item, _))| naive(&filter, item))
                .map(|(&id, (_, vector))| (id, vector))
                .collect();
            let ids: Vec<RecordId> = taken.iter().map(|&(id, _)| RecordId(id)).collect();
            prop_assert_eq!(catalogue.matching(&filter), ids.clone());

            let length = query.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
            let similarity = |vector: &[f32]| -> f64 {
                vector.iter().zip(&query).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum::<f64>() / length
            };
            let mut truth: Vec<f64> = taken.iter().map(|(_, vector)| similarity(vector)).collect();
            truth.sort_by(|a, b| b.total_cmp(a));
            truth.truncate(k);
            let found = catalogue.nearest(&query, k, &filter).unwrap();
            prop_assert_eq!(&catalogue.nearest_among(&query, k, &ids).unwrap(), &found);
            let takes = |id: RecordId| ids.contains(&id);
            prop_assert_eq!(&catalogue.nearest_where(&query, k, &takes).unwrap(), &found);
            prop_assert_eq!(found.len(), truth.len());
            for (found, truth) in found.iter().zip(&truth) {
                prop_assert!(ids.contains(&found.id));
                let own = similarity(&model[&found.id.0].1);
                prop_assert!((f64::from(found.similarity) - own).abs() < 1e-5);
                prop_assert!((own - truth).abs() < 1e-5, "{} {}", own, truth);
            }
        }
    }

    #[test]
    fn a_refused_vector_changes_nothing() {
        let item =
            |at| Item { id: RecordId(1), kind: RecordKind::Edit, scope: Arc::default(), at: Timestamp(at) };
        let mut catalogue = Catalogue::new(2, 10);
        assert!(catalogue.is_empty());
        catalogue.insert(&item(1), &QuantizedVector::from_f32(&[1.0, 0.0]).unwrap()).unwrap();
        let wrong = QuantizedVector::from_f32(&[1.0, 0.0, 0.0]).unwrap();
        assert!(matches!(catalogue.insert(&item(2), &wrong), Err(IndexError::DimensionMismatch { .. })));
        assert_eq!(catalogue.get(RecordId(1)), Some(item(1)));
        assert_eq!((catalogue.len(), catalogue.index_name(), catalogue.graph_pending()), (1, "scan", 0));
        assert!(catalogue.snapshot().is_none());
        assert!(catalogue.nearest(&[f32::NAN, 0.0], 1, &Filter::default()).is_err());
        assert!(
            catalogue.nearest(&[0.0, 0.0], 0, &Filter { kinds: Some(vec![]), ..Filter::default() }).is_err()
        );
    }
}

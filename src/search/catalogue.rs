//! The items that exist and the vectors they were stored under.
//!
//! Invariant: an item and its vector come and go together: row `r` of the columns is of the item whose vector is row
//! `r` of the index, which says where rows come and go. Each row stands in the list of its scope, at its place.

use std::collections::HashMap;

use super::tags::Tags;
use super::{Filter, Found, Item, RecordKind};
use crate::error::IndexError;
use crate::search::vector::frame::{Reader, Writer, damaged};
use crate::search::vector::{
    Accept, Deadline, Neighbour, QuantizedVector, Thresholds, TieredIndex, VectorIndex, grow, shrink,
};
use crate::types::{RecordId, Scope, Timestamp};

impl From<Neighbour> for Found {
    fn from(Neighbour { key, similarity }: Neighbour) -> Self {
        Self { id: RecordId(key), similarity }
    }
}

const MAGIC: [u8; 8] = *b"IDIOROWS";
const FORMAT: u32 = 2;

/// All items with their vectors.
pub struct Catalogue {
    index: TieredIndex,
    columns: Columns,
    scopes: Scopes,
    tags: Tags,
}

/// What is known of each item, by its row in the index.
#[derive(Default)]
struct Columns {
    kinds: Vec<RecordKind>,
    at: Vec<Timestamp>,
    /// Number of its scope.
    scope: Vec<u32>,
    /// Where it stands in the scope's list.
    place: Vec<u32>,
    /// How many there are of each kind.
    of_kind: [usize; RecordKind::ALL.len()],
}

/// The scopes that occur, each with the rows in it.
#[derive(Default)]
struct Scopes {
    numbers: HashMap<Scope, u32>,
    /// By number. The number of a scope without rows is given again.
    rows: Vec<(Scope, Vec<u32>)>,
    free: Vec<u32>,
}

impl Scopes {
    fn number(&mut self, scope: &Scope) -> u32 {
        if let Some(&number) = self.numbers.get(scope) {
            return number;
        }
        let number = self.free.pop().unwrap_or_else(|| {
            self.rows.push(Default::default());
            (self.rows.len() - 1) as u32
        });
        self.rows[number as usize].0 = scope.clone();
        self.numbers.insert(scope.clone(), number);
        number
    }

    /// Adds a row to a scope; its place in the list.
    fn add(&mut self, number: u32, row: u32) -> u32 {
        let rows = &mut self.rows[number as usize].1;
        grow(rows, 1);
        rows.push(row);
        (rows.len() - 1) as u32
    }

    /// Takes the row at a place out; the row that has its place now.
    fn take(&mut self, number: u32, place: u32) -> Option<u32> {
        let (scope, rows) = &mut self.rows[number as usize];
        rows.swap_remove(place as usize);
        if rows.is_empty() {
            *rows = Vec::new();
            self.numbers.remove(&std::mem::take(scope));
            self.free.push(number);
            return None;
        }
        rows.get(place as usize).copied()
    }
}

/// Rows that a filter takes.
enum Taken {
    All,
    Rows(Vec<u32>),
}

impl Catalogue {
    /// Empty, for vectors of `dimensions` values; from `graph_threshold` items on the graph searches, where
    /// it is built in.
    pub fn new(dimensions: usize, graph_threshold: usize) -> Self {
        Self::with_thresholds(dimensions, Thresholds { graph_from: graph_threshold, ..Thresholds::default() })
    }

    /// Empty, with all thresholds of the index given.
    pub fn with_thresholds(dimensions: usize, thresholds: Thresholds) -> Self {
        Self {
            index: TieredIndex::with_thresholds(dimensions, thresholds),
            columns: Columns::default(),
            scopes: Scopes::default(),
            tags: Tags::default(),
        }
    }

    /// Gives an item these tags in the place of those it has; nothing where it is not held.
    pub fn set_tags(&mut self, id: RecordId, tags: &[String]) {
        if self.index.row(id.0).is_some() {
            self.tags.set(id, tags);
        }
    }

    /// The tags of an item, ascending.
    pub fn tags(&self, id: RecordId) -> Vec<String> {
        self.tags.of(id)
    }

    /// Adds an item, in the place of the one with the same id, whose tags it keeps.
    ///
    /// # Errors
    /// As [`crate::search::vector::VectorIndex::insert`]; the catalogue is then as before.
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

    /// Takes a row out of its scope's list.
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
        // As in the index, the last row has taken the place.
        if row < columns.kinds.len() {
            let (scope, place) = (columns.scope[row] as usize, columns.place[row] as usize);
            self.scopes.rows[scope].1[place] = row as u32;
        }
        true
    }

    /// An item.
    pub fn get(&self, id: RecordId) -> Option<Item> {
        let row = self.index.row(id.0)?;
        let Columns { kinds, at, scope, .. } = &self.columns;
        let scope = self.scopes.rows[scope[row] as usize].0.clone();
        Some(Item { id, kind: kinds[row], scope, at: at[row] })
    }

    /// All items the filter takes, by id.
    pub fn matching(&self, filter: &Filter) -> Vec<RecordId> {
        let mut ids: Vec<RecordId> = match self.taken(filter) {
            Taken::All => self.index.keys().iter().map(|&key| RecordId(key)).collect(),
            Taken::Rows(rows) => rows.iter().map(|&row| RecordId(self.index.keys()[row as usize])).collect(),
        };
        ids.sort_unstable();
        ids
    }

    /// The rows that a filter takes. A scope is looked up once, not compared item by item.
    fn taken(&self, filter: &Filter) -> Taken {
        if filter.takes_all() {
            return Taken::All;
        }
        let Columns { kinds, at, of_kind, .. } = &self.columns;
        let takes = |row: usize| filter.takes_kind_and_time(kinds[row], at[row]);
        // A limit on kinds that every item keeps is none.
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

    /// The items that a filter's limits on ids and tags take, each once; `None` where there are none.
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

    /// Items held.
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether no item is held.
    #[cfg(any(test, feature = "internals"))]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Name of the index that answers at present: "scan", "bits" or "graph".
    pub fn index_name(&self) -> &'static str {
        self.index.name()
    }

    /// Bytes in memory, roughly.
    pub fn memory_bytes(&self) -> usize {
        let Columns { kinds, at, scope, place, .. } = &self.columns;
        let texts = |scope: &Scope| -> usize {
            let parts = [&scope.app, &scope.task, &scope.audience, &scope.locale];
            parts.into_iter().flatten().map(String::capacity).sum()
        };
        let scopes: usize = self
            .scopes
            .rows
            .iter()
            .map(|(scope, rows)| 2 * (size_of::<Scope>() + texts(scope)) + 32 + rows.capacity() * 4)
            .sum();
        self.index.memory_bytes()
            + kinds.capacity()
            + at.capacity() * size_of::<Timestamp>()
            + (scope.capacity() + place.capacity()) * size_of::<u32>()
            + scopes
            + self.tags.memory_bytes()
    }

    /// The up to `k` nearest items that the filter takes, nearest first, ties by id. The filter is evaluated
    /// before the index is asked, so what it lets through decides how the index searches.
    ///
    /// # Errors
    /// As [`crate::search::vector::VectorIndex::search`].
    pub fn nearest(&self, query: &[f32], k: usize, filter: &Filter) -> Result<Vec<Found>, IndexError> {
        self.nearest_by(query, k, filter, &Deadline::none())
    }

    /// As [`nearest`](Self::nearest), the best that is found by a moment.
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

    /// As [`nearest`](Self::nearest), among these items only, which are distinct; those not held are passed over.
    ///
    /// # Errors
    /// As [`crate::search::vector::VectorIndex::search`].
    pub fn nearest_among(&self, query: &[f32], k: usize, ids: &[RecordId]) -> Result<Vec<Found>, IndexError> {
        let rows: Vec<u32> = ids.iter().filter_map(|id| Some(self.index.row(id.0)? as u32)).collect();
        Ok(self.index.search_rows(query, k, &rows, &Deadline::none())?.into_iter().map(Found::from).collect())
    }

    /// The cosine of each pair of some items, a square matrix row by row; about .01 off. `None` where one is not held.
    pub(crate) fn cosines(&self, ids: impl Iterator<Item = RecordId>) -> Option<Vec<f32>> {
        let rows: Option<Vec<u32>> = ids.map(|id| Some(self.index.row(id.0)? as u32)).collect();
        Some(self.index.cosines(&rows?))
    }

    /// As [`nearest`](Self::nearest), among the items that `takes` takes; it is asked of those only that may be
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

    /// Gives the index other thresholds; see [`TieredIndex::set_thresholds`].
    pub fn set_thresholds(&mut self, thresholds: Thresholds) {
        self.index.set_thresholds(thresholds);
    }

    /// Items that the graph still lacks; searches are answered by the scan until there are none.
    #[cfg(any(test, feature = "internals"))]
    pub fn graph_pending(&self) -> usize {
        self.index.pending()
    }

    /// The index of all items' vectors.
    pub(crate) fn index_mut(&mut self) -> &mut TieredIndex {
        &mut self.index
    }

    /// Whether the index has a graph that is behind; see [`TieredIndex::grow`].
    pub(crate) fn is_growing(&self) -> bool {
        self.index.is_growing()
    }

    /// Items that the index has no codes for yet, where it is to have them: it answers for them, but slower.
    pub(crate) fn uncoded(&self) -> usize {
        self.index.uncoded()
    }

    /// Whether [`save`](Self::save) writes the codes, too, where there are any.
    pub(crate) fn is_kept_with_codes(&self) -> bool {
        self.index.is_kept_with_codes()
    }

    /// Codes up to `most` such items; how many are left.
    pub(crate) fn code(&mut self, most: usize) -> usize {
        self.index.code(most)
    }

    /// All items with their vectors as bytes, without their tags, under a note of how they came to be and the next free id. Nothing of an
    /// item that was removed is among them.
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

    /// Takes the items that [`save`](Self::save) wrote under the same note, in the place of all that is held; gives the
    /// next free id of then.
    ///
    /// # Errors
    /// [`IndexError::DamagedSnapshot`]; the catalogue is then as before.
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
            scopes.rows.push((scope, Vec::new()));
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
                *scope = Scope::default();
                scopes.free.push(number as u32);
            } else if scopes.numbers.insert(scope.clone(), number as u32).is_some() {
                return Err(damaged("a scope stands in it twice"));
            }
        }
        *self = Self { index, columns, scopes, tags: Tags::default() };
        Ok(next)
    }

    /// The graph as bytes, where there is one free of removed items; see [`TieredIndex::snapshot`].
    pub fn snapshot(&self) -> Option<Vec<u8>> {
        self.index.snapshot()
    }

    /// Takes the graph from a snapshot, once the items are inserted; see [`TieredIndex::restore`].
    ///
    /// # Errors
    /// As [`TieredIndex::restore`]; the catalogue is then as before.
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

    /// The filter's meaning, spelled out part by part.
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
                    let item = Item { id: RecordId(id), kind, scope, at: Timestamp(at) };
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
            |at| Item { id: RecordId(1), kind: RecordKind::Edit, scope: Scope::person(), at: Timestamp(at) };
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

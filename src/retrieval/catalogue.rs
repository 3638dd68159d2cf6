//! The items that exist and the vectors they were stored under.
//!
//! Invariant: an item and its vector come and go together: the index holds exactly the ids of `items`.

use std::collections::BTreeMap;

use super::{Filter, Found, Item};
use crate::error::IndexError;
use crate::index::{Neighbour, QuantizedVector, TieredIndex, VectorIndex};
use crate::types::{CancelToken, Progress, RecordId};

/// All items with their vectors.
pub struct Catalogue {
    items: BTreeMap<RecordId, Item>,
    index: TieredIndex,
}

impl Catalogue {
    /// Empty, for vectors of `dimensions` values; from `graph_threshold` items on the graph searches, where
    /// it is built in.
    pub fn new(dimensions: usize, graph_threshold: usize) -> Self {
        Self { items: BTreeMap::new(), index: TieredIndex::new(dimensions, graph_threshold) }
    }

    /// Adds an item, in the place of the one with the same id.
    ///
    /// # Errors
    /// As [`crate::index::VectorIndex::insert`]; the catalogue is then as before.
    pub fn insert(&mut self, item: Item, vector: &QuantizedVector) -> Result<(), IndexError> {
        self.index.insert(item.id.0, vector)?;
        self.items.insert(item.id, item);
        Ok(())
    }

    /// Removes an item; `false` if there was none.
    pub fn remove(&mut self, id: RecordId) -> bool {
        self.index.remove(id.0);
        self.items.remove(&id).is_some()
    }

    /// An item.
    pub fn get(&self, id: RecordId) -> Option<&Item> {
        self.items.get(&id)
    }

    /// All items the filter takes, by id.
    pub fn matching(&self, filter: &Filter) -> Vec<RecordId> {
        self.items.values().filter(|item| filter.takes(item)).map(|item| item.id).collect()
    }

    /// Items held.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether no item is held.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Name of the index that answers at present: "scan" or "graph".
    pub fn index_name(&self) -> &'static str {
        self.index.name()
    }

    /// Bytes in memory, roughly.
    pub fn memory_bytes(&self) -> usize {
        let texts: usize = self
            .items
            .values()
            .flat_map(|item| [&item.scope.app, &item.scope.task, &item.scope.audience, &item.scope.locale])
            .flatten()
            .map(String::capacity)
            .sum();
        self.index.memory_bytes() + self.items.len() * size_of::<(RecordId, Item)>() + texts
    }

    /// The up to `k` nearest items that the filter takes, nearest first, ties by id. The filter is evaluated
    /// before the index is asked, so what it lets through decides how the index searches.
    ///
    /// # Errors
    /// As [`crate::index::VectorIndex::search`].
    pub fn nearest(&self, query: &[f32], k: usize, filter: &Filter) -> Result<Vec<Found>, IndexError> {
        let neighbours = if filter.takes_all() {
            self.index.search(query, k, &|_| true)?
        } else {
            let keys: Vec<u64> =
                self.items.values().filter(|item| filter.takes(item)).map(|item| item.id.0).collect();
            self.index.search_among(query, k, &keys)?
        };
        let found = |Neighbour { key, similarity }| Found { id: RecordId(key), similarity };
        Ok(neighbours.into_iter().map(found).collect())
    }

    /// The items with the given ids, nearest first, ties by id; unknown ids are left out.
    ///
    /// # Errors
    /// As [`crate::index::VectorIndex::search`].
    pub fn nearest_among(&self, query: &[f32], ids: &[u64]) -> Result<Vec<Found>, IndexError> {
        let neighbours = self.index.search_among(query, ids.len(), ids)?;
        let found = |Neighbour { key, similarity }| Found { id: RecordId(key), similarity };
        Ok(neighbours.into_iter().map(found).collect())
    }

    /// Items that the graph still lacks; searches are answered by the scan until there are none.
    pub fn graph_pending(&self) -> usize {
        self.index.pending()
    }

    /// Brings the graph up to all items at once; see [`TieredIndex::optimize`].
    ///
    /// # Errors
    /// As [`TieredIndex::optimize`].
    pub fn optimize(
        &mut self,
        progress: &mut dyn FnMut(Progress),
        cancel: &CancelToken,
    ) -> Result<(), IndexError> {
        self.index.optimize(progress, cancel)
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
    use proptest::prelude::*;

    use super::*;
    use crate::retrieval::RecordKind;
    use crate::types::{Scope, Timestamp};

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
        (prop::option::of(scopes()), moment(), moment(), kinds)
            .prop_map(|(scope, from, until, kinds)| Filter { scope, from, until, kinds })
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
        from <= item.at.0 && item.at.0 < until && kind
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
                    catalogue.insert(item.clone(), &vector).unwrap();
                    model.insert(id, (item, vector.to_f32()));
                }
            }
            prop_assert_eq!(catalogue.len(), model.len());
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
        catalogue.insert(item(1), &QuantizedVector::from_f32(&[1.0, 0.0]).unwrap()).unwrap();
        let wrong = QuantizedVector::from_f32(&[1.0, 0.0, 0.0]).unwrap();
        assert!(matches!(catalogue.insert(item(2), &wrong), Err(IndexError::DimensionMismatch { .. })));
        assert_eq!(catalogue.get(RecordId(1)), Some(&item(1)));
        assert_eq!((catalogue.len(), catalogue.index_name(), catalogue.graph_pending()), (1, "scan", 0));
        assert!(catalogue.snapshot().is_none());
        assert!(catalogue.nearest(&[f32::NAN, 0.0], 1, &Filter::default()).is_err());
        assert!(
            catalogue.nearest(&[0.0, 0.0], 0, &Filter { kinds: Some(vec![]), ..Filter::default() }).is_err()
        );
    }
}

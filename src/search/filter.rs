//! Filters: conjunctions of limits on scope, time, kind, tags and ids.
//!
//! Invariant: [`Filter::takes`] alone implements all limits except tags, which the catalogue looks up; a filter
//! without limits accepts every item.

#[cfg(any(test, feature = "internals"))]
use super::item::Item;
use crate::types::{RecordId, RecordKind, Scope, Timestamp};

/// Which items to consider; the default accepts all.
#[derive(Clone, Default, PartialEq)]
pub struct Filter {
    /// Items within this scope.
    pub scope: Option<Scope>,
    /// Items at this time or later.
    pub from: Option<Timestamp>,
    /// Items before this time.
    pub until: Option<Timestamp>,
    /// Items of these kinds; `None` for all.
    pub kinds: Option<Vec<RecordKind>>,
    /// Items that have all of these tags.
    pub all_tags: Vec<String>,
    /// Items that have any of these tags; empty for no limit.
    pub any_tag: Vec<String>,
    /// Items with these ids; `None` for all. Ids not held are ignored.
    pub ids: Option<Vec<RecordId>>,
}

crate::types::debug_without_text!(Filter, "Filter", shown: [scope, from, until, kinds], hidden: [all_tags, any_tag, ids]);

impl Filter {
    /// Whether `item` passes the filter, ignoring tags.
    #[cfg(any(test, feature = "internals"))]
    pub fn takes(&self, item: &Item) -> bool {
        self.takes_kind_and_time(item.kind, item.at)
            && self.ids.as_ref().is_none_or(|ids| ids.contains(&item.id))
            && self.scope.as_ref().is_none_or(|scope| scope.contains(&item.scope))
    }

    /// Whether an item passes the limits on kind and time.
    pub(super) fn takes_kind_and_time(&self, kind: RecordKind, at: Timestamp) -> bool {
        self.from.is_none_or(|from| at >= from)
            && self.until.is_none_or(|until| at < until)
            && self.kinds.as_ref().is_none_or(|kinds| kinds.contains(&kind))
    }

    /// Whether there is a limit on time.
    pub(super) fn limits_time(&self) -> bool {
        self.from.is_some() || self.until.is_some()
    }

    /// Whether the filter has no limit at all.
    pub fn takes_all(&self) -> bool {
        let Self { scope, from, until, kinds, ids, .. } = self;
        scope.as_ref().is_none_or(Scope::is_person)
            && from.is_none()
            && until.is_none()
            && kinds.is_none()
            && ids.is_none()
            && !self.limits_tags()
    }

    /// Whether there is a limit on tags.
    pub(super) fn limits_tags(&self) -> bool {
        !self.all_tags.is_empty() || !self.any_tag.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item() -> Item {
        Item {
            id: RecordId(1),
            kind: RecordKind::Edit,
            scope: Scope::app("mail").task("reply").into(),
            at: Timestamp(100),
        }
    }

    #[test]
    fn each_limit_alone_takes_and_refuses() {
        let all = Filter::default();
        assert!(all.takes(&item()) && all.takes_all());
        let scope = |scope| Filter { scope: Some(scope), ..Filter::default() };
        let kinds = |kinds: &[RecordKind]| Filter { kinds: Some(kinds.to_vec()), ..Filter::default() };
        let from = |at| Filter { from: Some(Timestamp(at)), ..Filter::default() };
        let until = |at| Filter { until: Some(Timestamp(at)), ..Filter::default() };
        let ids = |ids: &[u64]| Filter {
            ids: Some(ids.iter().copied().map(RecordId).collect()),
            ..Filter::default()
        };
        for taken in [
            ids(&[7, 1]),
            scope(Scope::app("mail")),
            scope(Scope::person().task("reply")),
            scope(Scope::person()),
            kinds(&[RecordKind::Accept, RecordKind::Edit]),
            from(100),
            until(101),
            from(i64::MIN),
        ] {
            assert!(taken.takes(&item()), "{taken:?}");
        }
        for refused in [
            ids(&[]),
            ids(&[2]),
            scope(Scope::app("chat")),
            scope(Scope::app("mail").task("reply").locale("en")),
            kinds(&[]),
            kinds(&[RecordKind::History]),
            from(101),
            until(100),
        ] {
            assert!(!refused.takes(&item()) && !refused.takes_all(), "{refused:?}");
        }
        assert!(scope(Scope::person()).takes_all());
    }

    #[test]
    fn all_limits_must_hold_at_once() {
        let filter = Filter {
            scope: Some(Scope::app("mail")),
            from: Some(Timestamp(0)),
            until: Some(Timestamp(200)),
            kinds: Some(vec![RecordKind::Edit]),
            ..Filter::default()
        };
        assert!(filter.takes(&item()));
        assert!(!filter.takes(&Item { at: Timestamp(200), ..item() }));
        assert!(!filter.takes(&Item { kind: RecordKind::Choice, ..item() }));
        assert!(!filter.takes(&Item { scope: Scope::person().into(), ..item() }));
    }
}

//! What a program logs with `{:?}` holds none of the person's texts, and every public type may cross threads.
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod common;

use std::fmt::Debug;

use common::{builder, mail, mail_edit};
use idiolect::{
    CancelToken, Embedding, Engine, EngineBuilder, Error, Example, Explanation, Forget, Forgotten,
    HistoryItem, Hit, Inference, InferenceRequest, Item, NativeEmbedder, Observation, Observed,
    Personalization, Preference, PreferenceChange, PreferenceKey, Preferences, Query, RankReason,
    RankRequest, Ranked, Request, Scope, SearchMode, Searched, Stats, SuppliedVectors, WordChange,
};

/// In every text, context, tag and scope of this test.
const CANARY: &str = "zanzibar";

#[track_caller]
fn silent(value: &impl Debug) {
    for shown in [format!("{value:?}"), format!("{value:#?}")] {
        assert!(!shown.to_lowercase().contains(CANARY), "{}", shown.to_lowercase().replace(CANARY, "CANARY"));
    }
}

fn canary(rest: &str) -> String {
    format!("Zanzibar {rest}")
}

fn scope() -> Scope {
    Scope::app("zanzibar-mail").task("zanzibar-reply").audience("zanzibar").locale("zanzibar")
}

#[test]
fn what_is_asked_shows_no_text() {
    silent(&scope());
    silent(
        &Observation::edit(canary("context"), canary("draft"), canary("final"))
            .reason(canary("why"))
            .scope(scope()),
    );
    silent(&Observation::choice(canary("context"), vec![canary("a"), canary("b")], 1).tag("zanzibar"));
    silent(&Observation::accept(canary("context"), canary("text")));
    silent(&Observation::reject(canary("context"), canary("text")));
    silent(&Observation::rating(canary("context"), canary("text"), 0.5));
    silent(
        &HistoryItem::new(canary("text"))
            .context(canary("c"))
            .key(canary("key"))
            .tag("zanzibar")
            .scope(scope()),
    );
    silent(&Request::new(canary("context")).scope(scope()).count_tokens(str::len));
    silent(&RankRequest::new(canary("context"), vec![canary("a"), canary("b")]).scope(scope()));
    let query = Query::new(canary("text")).sub_query(canary("more"), SearchMode::Words).tag("zanzibar");
    silent(
        &query.any_tag("zanzibar").term_weights([(canary("term"), 1.0)]).scope(scope()).filter_by(|_| true),
    );
    silent(&Forget::containing(canary("text")));
    silent(&Forget::scope(scope()));
}

#[test]
fn what_is_answered_shows_no_text() {
    let folder = tempfile::tempdir().unwrap();
    silent(&builder(folder.path()));
    let engine = builder(folder.path()).host_model(true).open().unwrap();
    for index in 0..6 {
        silent(&engine.observe(mail_edit(index).tag("zanzibar")).unwrap());
    }
    let learned = engine.preferences().list().unwrap();
    assert!(!learned.is_empty());
    silent(&engine.preferences().explain(learned[0].id).unwrap());
    for index in 0..4 {
        let context = format!("Zanzibar asks for number {index}");
        let draft = format!("Dear Zanzibar, I would kindly utilise the Zanzibar office on day {index}.");
        let edited = format!("Hi Zanzibar, I'll use the Zanzibar office on day {index}.");
        silent(&engine.observe(Observation::edit(context, draft, edited).scope(mail())).unwrap());
    }
    engine
        .add_history(HistoryItem::new("The Zanzibar ferry leaves at nine").tag("zanzibar").scope(mail()))
        .unwrap();
    let stated = engine.preferences().add("never mentions Zanzibar", &mail()).unwrap();
    silent(&engine);
    silent(&engine.preferences());
    silent(&engine.preferences().list().unwrap());
    silent(&engine.preferences().get(stated).unwrap());
    silent(&engine.personalize(&Request::new("Zanzibar asks again").scope(mail())).unwrap());
    let candidates = vec!["Hi Zanzibar".to_owned(), "Dear Zanzibar, I would kindly agree".to_owned()];
    silent(&engine.rank(&RankRequest::new("Zanzibar asks", candidates).scope(mail())).unwrap());
    let hits = engine.search(&Query::new("Zanzibar ferry")).unwrap();
    assert!(!hits.is_empty());
    silent(&hits);
    silent(&engine.inference());
    silent(&engine.inference().next().unwrap());
    silent(&engine.stats().unwrap());
    silent(&engine.forget(&Forget::containing("Zanzibar").dry_run()).unwrap());
    silent(&engine.search(&Query::new(" ").tag("zanzibar")).unwrap_err());
}

#[test]
fn every_type_crosses_threads() {
    fn crosses<T: Send + Sync>() {}
    crosses::<(Engine, EngineBuilder, Observation, HistoryItem, Request, RankRequest, Query, Forget, Scope)>(
    );
    crosses::<(
        Observed,
        Personalization,
        Ranked,
        RankReason,
        Hit,
        Searched,
        Forgotten,
        PreferenceChange,
        Stats,
    )>();
    crosses::<(Preference, PreferenceKey, Explanation, WordChange, Example, InferenceRequest, Item, Embedding)>(
    );
    crosses::<(NativeEmbedder, SuppliedVectors, CancelToken, Error, Inference<'_>, Preferences<'_>)>();
}

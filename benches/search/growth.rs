//! Costs as the catalogue of items grows: a table and a plot. Opening means loading all items from the bytes of their
//! snapshot.

use std::fmt::Write;
use std::time::Instant;

use idiolect::Thresholds;
use idiolect::internals::search::QuantizedVector;
use idiolect::internals::search::{Catalogue, Filter};
use idiolect::{Item, RecordKind};
use idiolect::{RecordId, Scope, Timestamp};

use crate::data::{DIMENSIONS, Kind, Set, target};
use crate::median_us;

/// One size: the number of vectors, and the value of each column.
struct Row {
    size: usize,
    tier: &'static str,
    costs: [f64; 4],
}

const COLUMNS: [(&str, &str); 4] =
    [("search", "us"), ("insert", "us"), ("bytes per item", ""), ("open", "ms")];

pub(crate) fn growth(kind: Kind, sizes: &[usize]) {
    let last = sizes[sizes.len() - 1];
    let set = Set::new(kind, last);
    let queries: Vec<&[f32]> = set.queries.chunks_exact(DIMENSIONS).collect();
    let thresholds = Thresholds::new(Thresholds::default().bits_from, usize::MAX);
    let mut index = Catalogue::with_thresholds(DIMENSIONS, thresholds);
    let (mut table, scope, all) = (Vec::new(), Scope::app("mail"), Filter::default());
    println!(
        "| vectors | tier | search us | insert us | bytes per item | open ms |\n|---|---|---|---|---|---|"
    );
    for &size in sizes {
        let (from, mut spent) = (index.len(), 0.0);
        for at in from..size {
            let vector = QuantizedVector::from_f32(set.row(at)).unwrap();
            let (id, at) = (RecordId(at as u64 + 1), Timestamp(at as i64));
            let item = Item::new(id, RecordKind::Edit, scope.clone(), at);
            let start = Instant::now();
            index.insert(&item, &vector).unwrap();
            spent += start.elapsed().as_secs_f64() * 1e6;
        }
        let search = median_us(&queries, |query| {
            std::hint::black_box(index.nearest(query, 10, &all).unwrap());
        });
        let snapshot = index.save("bench", 1);
        let mut opened = Catalogue::with_thresholds(DIMENSIONS, thresholds);
        let open = median_us(&[(); 3], |()| {
            opened.load(&snapshot, "bench").unwrap();
        });
        let bytes = index.memory_bytes() as f64 / size as f64;
        let costs = [search, spent / (size - from) as f64, bytes, open / 1e3];
        let tier = index.index_name();
        let [search, insert, bytes, open] = costs;
        println!("| {size} | {tier} | {search:.1} | {insert:.2} | {bytes:.0} | {open:.2} |");
        table.push(Row { size, tier, costs });
    }
    let file = target().join("growth.svg");
    std::fs::create_dir_all(target()).unwrap();
    std::fs::write(&file, plot(&table)).unwrap();
    println!("plot: {}", file.display());
}

/// Lines on two logarithmic axes.
fn plot(table: &[Row]) -> String {
    let mut svg = String::from(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"640\" height=\"420\" font-family=\"sans-serif\" \
         font-size=\"12\"><rect width=\"640\" height=\"420\" fill=\"white\"/>\n",
    );
    let x = |size: usize| 60.0 + ((size as f64).log10() - 3.0) * 160.0;
    let y = |value: f64| 370.0 - value.max(0.1).log10().mul_add(80.0, 80.0) * 0.85;
    for row in table {
        let at = x(row.size);
        let _ = writeln!(svg, "<text x=\"{at}\" y=\"400\">{} ({})</text>", row.size, row.tier);
    }
    for (column, (name, unit)) in COLUMNS.iter().enumerate() {
        let colour = ["#1b6ca8", "#b5541c", "#3a7d34", "#7b3f8c"][column];
        let points: Vec<String> =
            table.iter().map(|row| format!("{:.1},{:.1}", x(row.size), y(row.costs[column]))).collect();
        let _ = writeln!(
            svg,
            "<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" points=\"{}\"/>\n\
             <text x=\"70\" y=\"{}\" fill=\"{colour}\">{name} {unit}</text>",
            points.join(" "),
            20 + column * 16
        );
        for row in table {
            let value = row.costs[column];
            let _ = writeln!(
                svg,
                "<text x=\"{:.1}\" y=\"{:.1}\" fill=\"{colour}\">{value:.1}</text>",
                x(row.size),
                y(value) - 6.0
            );
        }
    }
    svg.push_str("</svg>\n");
    svg
}
